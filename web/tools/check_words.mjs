// Fails when a key is missing in one language, when the source uses a key that neither has, or when nobody uses one.
import { readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const src = fileURLToPath(new URL('../src/', import.meta.url))
const words = async (lang) => {
  const js = ts.transpileModule(readFileSync(join(src, `i18n/${lang}.ts`), 'utf8'), { compilerOptions: { module: 'ESNext' } }).outputText
  return (await import('data:text/javascript;base64,' + Buffer.from(js).toString('base64'))).default
}
const flat = (o, at = '') => Object.entries(o).flatMap(([k, v]) => (typeof v === 'object' ? flat(v, at + k + '.') : [at + k]))
const files = (d) => readdirSync(d).flatMap((f) => (statSync(join(d, f)).isDirectory() ? files(join(d, f)) : [join(d, f)]))

const zh = new Set(flat(await words('zh'))), en = new Set(flat(await words('en')))
const wrong = []
for (const k of zh) if (!en.has(k)) wrong.push(`no English for ${k}`)
for (const k of en) if (!zh.has(k)) wrong.push(`no Chinese for ${k}`)
const used = new Set(), stems = new Set()
for (const f of files(src)) {
  if (!/\.(vue|ts)$/.test(f) || f.includes('/i18n/') || f.endsWith('.d.ts')) continue
  const text = readFileSync(f, 'utf8')
  for (const m of text.matchAll(/\bt\(\s*'([^']+)'/g)) { used.add(m[1]); if (!zh.has(m[1])) wrong.push(`${f}: no such key: ${m[1]}`) }
  for (const m of text.matchAll(/\bt\(\s*`([a-z_.]+)\$\{/g)) stems.add(m[1])
  for (const m of text.matchAll(/'([a-z_]+(?:\.[a-z_0-9]+)+)'/g)) used.add(m[1])
  if (f.endsWith('.vue')) {
    const template = text.replace(/<script[\s\S]*?<\/script>/g, '').replace(/<style[\s\S]*?<\/style>/g, '').replace(/<!--[\s\S]*?-->/g, '')
    if (/[\u4e00-\u9fff]/.test(template)) wrong.push(`${f}: Chinese text in the template`)
  }
}
for (const k of zh) if (!used.has(k) && ![...stems].some((s) => k.startsWith(s))) wrong.push(`nobody uses ${k}`)
for (const w of wrong) console.error(w)
console.log(`words: ${zh.size}, wrong: ${wrong.length}`)
process.exit(wrong.length ? 1 : 0)
