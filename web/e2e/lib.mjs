// What the tests share: the browser, a user's page, TAP lines, axe, pictures.
import { chromium } from 'playwright-core'
import { readFileSync, mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const env = process.env
export const base = env.BASE_URL ?? 'http://127.0.0.1:8080'
const shots = env.SHOTS ?? ''
if (shots) mkdirSync(shots, { recursive: true })
const axe_source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

// ---- TAP ----
let count = 0
let failed = 0
export async function test(name, f) {
  count++
  try {
    const skip = await f()
    if (typeof skip === 'string') console.log(`ok ${count} - ${name} # SKIP ${skip}`)
    else console.log(`ok ${count} - ${name}`)
  } catch (e) {
    failed++
    console.log(`not ok ${count} - ${name}`)
    for (const line of String(e?.stack ?? e).split('\n').slice(0, 14)) console.log('# ' + line)
    for (const [who, page] of pages) if (shots) await page.screenshot({ path: join(shots, `failed-${count}-${who}.png`) }).catch(() => {})
  }
}
export function end() {
  console.log(`1..${count}`)
  console.log(`${count - failed} passed, ${failed} failed`)
  return failed ? 1 : 0
}
export function is(got, wanted, what) {
  if (got !== wanted) throw new Error(`${what}: got ${JSON.stringify(got)}, wanted ${JSON.stringify(wanted)}`)
}
export function ok(x, what) {
  if (!x) throw new Error(what)
}

// ---- the browser ----
let browser
const pages = new Map()
export const trouble = [] // console errors, broken policy of content, requests to elsewhere
export async function start() {
  browser = await chromium.launch({ executablePath: env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] })
}
export async function stop() {
  await browser?.close()
}
export async function page_new(who, size = { width: 1366, height: 768 }) {
  const context = await browser.newContext({ viewport: size, locale: 'zh-CN', baseURL: base })
  await context.addInitScript((a) => localStorage.getItem('gongji.area') ?? localStorage.setItem('gongji.area', a), env.AREA ?? '350900')
  const page = await context.newPage()
  page.setDefaultTimeout(Number(env.TIMEOUT_MS ?? 10000))
  page.on('console', (m) => {
    // a refused request is told as an error too; the pages show those
    if (m.type() === 'error' && !/Failed to load resource/.test(m.text())) trouble.push(`${who}: ${m.text()}`)
  })
  page.on('pageerror', (e) => trouble.push(`${who}: ${e.stack}`))
  page.on('request', (r) => {
    if (!r.url().startsWith(base) && !(env.SANDBOX_URL && r.url().startsWith(env.SANDBOX_URL)) && !/^(data|blob):/.test(r.url())) trouble.push(`${who}: request to ${r.url()}`)
  })
  pages.set(who, page)
  return page
}

// ---- users: ROLE_LOGIN=login:password ----
const first = { clerk: 'CLERK', clerk2: 'CLERK2', supervisor: 'SUPERVISOR', data: 'DATA', sysadmin: 'SYSADMIN', secadmin: 'SECADMIN', audit: 'AUDIT', office: 'OFFICE' }
export function login_of(role) {
  const given = env[first[role]]
  if (given) return { login: given.slice(0, given.indexOf(':')), password: given.slice(given.indexOf(':') + 1) }
  return env.PASSWORD ? { login: role, password: env.PASSWORD } : null
}
export const new_password = env.NEW_PASSWORD ?? 'Gong-Ji-e2e-2026!'
export async function sign_in(page, who) {
  await page.goto('/login')
  await page.locator('[data-test="f-login"]').fill(who.login)
  await page.locator('[data-test="f-password"]').fill(who.password)
  await page.locator('[data-test="form-go"]').click()
  const changing = page.locator('[data-test="f-new"]')
  await changing.or(page.locator('[data-test="who"]')).first().waitFor()
  if (await changing.count()) {
    await page.locator('[data-test="f-old"]').fill(who.password)
    await changing.fill(new_password)
    await page.locator('[data-test="form-go"]').click()
    who.password = new_password
    await page.locator('[data-test="who"]').waitFor()
  }
}
export async function user_page(role) {
  if (pages.has(role)) return pages.get(role)
  const who = login_of(role)
  if (!who) return null
  const page = await page_new(role)
  await sign_in(page, who)
  return page
}

/* waits for something in the page; the browser's own way of waiting is forbidden by the policy of content */
export async function until(page, f, arg) {
  const end = Date.now() + Number(env.TIMEOUT_MS ?? 10000)
  while (!(await page.evaluate(f, arg))) {
    if (Date.now() > end) throw new Error(`never came true: ${f}`)
    await page.waitForTimeout(50)
  }
}

// ---- what a page looks like ----
export async function shot(page, name) {
  if (!shots) return
  await page.waitForTimeout(350)
  await page.screenshot({ path: join(shots, `${name}.png`) })
}
export async function axe(page, name) {
  await page.waitForTimeout(500)
  // evaluated by the debugger, which the policy of content does not bind
  await page.evaluate(axe_source)
  const found = await page.evaluate(async () => {
    const r = await window.axe.run(document, { resultTypes: ['violations'] })
    return r.violations.filter((v) => ['serious', 'critical'].includes(v.impact)).map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160) + ' | ' + (n.any[0]?.message ?? '')).join('\n   ')}`)
  })
  if (found.length) throw new Error(`axe on ${name}:\n${found.join('\n')}`)
}
