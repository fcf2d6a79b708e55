// Takes the request schemas that forms are made of out of api/openapi.yaml: src/api/forms.json.
import { readFileSync, writeFileSync } from 'node:fs'
import { parse } from 'yaml'

const here = (p) => new URL(p, import.meta.url)
const schemas = parse(readFileSync(here('../../api/openapi.yaml'), 'utf8')).components.schemas
const wanted = ['PersonCreate', 'PersonChange', 'Cover', 'Flag', 'ProviderCreate', 'ProviderChange', 'Agreement', 'UserCreate', 'UserChange', 'PasswordChange', 'Credentials', 'SessionConfirm', 'FactorBegin', 'FactorConfirm', 'FactorEnd']
const out = {}
for (const name of wanted) {
  const s = schemas[name]
  const properties = {}
  // what has no title is not for a form
  for (const [key, p] of Object.entries(s.properties)) if (p.title) properties[key] = p
  out[name] = { required: s.required ?? [], properties }
}
const text = JSON.stringify(out, null, 1) + '\n'
writeFileSync(here('../src/api/forms.json'), text)
