import { onBeforeUnmount, onMounted, ref, watch, type Ref } from 'vue'
import { ApiError } from '@/api/client'
import { lang } from '@/i18n'

/* true only when it has been loading for 200 ms: quick answers do not flicker */
export function use_slow(loading: Ref<boolean>): Ref<boolean> {
  const slow = ref(false)
  let timer = 0
  watch(
    loading,
    (on) => {
      clearTimeout(timer)
      if (on) timer = window.setTimeout(() => (slow.value = true), 200)
      else slow.value = false
    },
    { immediate: true },
  )
  onBeforeUnmount(() => clearTimeout(timer))
  return slow
}

function dialog_open(): boolean {
  // closed dialogs stay in the page, hidden
  return [...document.querySelectorAll<HTMLElement>('.el-overlay')].some((x) => x.style.display !== 'none')
}

/* keys of a page: {'F8': f}; not while a dialog is open */
export function use_keys(keys: Record<string, () => void>): void {
  const on = (e: KeyboardEvent): void => {
    const f = keys[(e.altKey ? 'Alt+' : '') + (e.ctrlKey ? 'Ctrl+' : '') + e.key]
    if (!f || e.isComposing || dialog_open()) return
    e.preventDefault()
    f()
  }
  onMounted(() => window.addEventListener('keydown', on))
  onBeforeUnmount(() => window.removeEventListener('keydown', on))
}

/* an error in the words of the reader */
export function words_of(e: unknown): string {
  if (e instanceof ApiError) return lang.value === 'zh' ? e.zh : e.en
  return e instanceof Error ? e.message : String(e)
}

/* one request of a page: what it brought, whether it runs, what went wrong.  A later call makes an earlier one void. */
export function use_call<A extends unknown[], R>(f: (...a: A) => Promise<R>): {
  data: Ref<R | null>
  error: Ref<unknown>
  busy: Ref<boolean>
  run: (...a: A) => Promise<R | null>
} {
  const data = ref(null) as Ref<R | null>
  const error = ref<unknown>(null)
  const busy = ref(false)
  let turn = 0
  const run = async (...a: A): Promise<R | null> => {
    const mine = ++turn
    busy.value = true
    error.value = null
    try {
      const r = await f(...a)
      if (mine === turn) data.value = r
      return r
    } catch (e) {
      if (mine === turn) error.value = e
      return null
    } finally {
      if (mine === turn) busy.value = false
    }
  }
  return { data, error, busy, run }
}
