// The pooling area one works in, its name, and the words of its policy pack.
import { computed, reactive, watch } from 'vue'
import { call, type Schemas } from '@/api/client'
import { lang } from '@/i18n'
import { session } from './session'

const KEY = 'gongji.area'
export const area = reactive({
  code: localStorage.getItem(KEY) ?? '',
  rows: [] as Schemas['PublicArea'][],
  choices: {} as Record<string, Schemas['Choices']>,
})

let loading: Promise<void> | null = null
export function areas_load(): Promise<void> {
  loading ??= call('get', '/public/areas')
    .then((a) => {
      area.rows = a.rows
      if (!a.rows.some((r) => r.area_code === area.code)) area.code = a.rows[0]?.area_code ?? ''
    })
    .catch((e) => {
      loading = null
      throw e
    })
  return loading
}
// names come in the language of the reader
watch(lang, () => {
  loading = null
  areas_load().catch(() => {})
})
export function area_set(code: string): void {
  area.code = code
  localStorage.setItem(KEY, code)
}
/* counties and the like are not pooling areas: their names are asked for when first needed */
const names = reactive<Record<string, string>>({})
const wanted = new Set<string>()
export function area_name(code: string): string {
  const known = area.rows.find((r) => r.area_code === code)?.name ?? names[code]
  if (known || !code) return known ?? ''
  if (session.user && !wanted.has(code)) {
    wanted.add(code)
    call('get', '/areas', { query: { q: code, limit: 5 } }).then((a) => a.rows?.forEach((r) => (names[r.area_code] = r.name)), () => {})
  }
  return code
}

const asked = new Map<string, Promise<void>>()
export function choices_load(code: string): Promise<void> {
  if (!code) return Promise.resolve()
  let p = asked.get(code)
  if (!p) {
    p = call('get', '/public/choices', { query: { area_code: code } })
      .then((c) => {
        area.choices[code] = c
      })
      .catch((e) => {
        asked.delete(code)
        throw e
      })
    asked.set(code, p)
  }
  return p
}
export const choices = computed(() => area.choices[area.code])
export function words(fact: string, code = area.code): Schemas['Word'][] {
  return area.choices[code]?.facts[fact] ?? []
}
/* the word of a fact in the language of the reader; the identifier when the pack does not know it */
export function word(fact: string, w: string | null | undefined, code = area.code): string {
  if (!w) return ''
  const found = words(fact, code).find((x) => x.word === w)
  return found ? found[lang.value] || found.zh : w
}
