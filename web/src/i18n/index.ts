import { createI18n } from 'vue-i18n'
import { computed } from 'vue'
import zh from './zh'
import en from './en'

export type Lang = 'zh' | 'en'
const KEY = 'gongji.lang'
const first = (localStorage.getItem(KEY) as Lang | null) ?? 'zh'
export const i18n = createI18n({ legacy: false, locale: first, fallbackLocale: 'zh', messages: { zh, en } })
export const lang = computed(() => i18n.global.locale.value as Lang)
export function lang_set(l: Lang): void {
  i18n.global.locale.value = l
  localStorage.setItem(KEY, l)
  document.documentElement.lang = l === 'zh' ? 'zh-CN' : 'en'
}
lang_set(first)
/* {zh, en} in the language of the reader */
export function said(x: { zh: string; en: string } | null | undefined): string {
  return x ? x[lang.value] || x.zh : ''
}
