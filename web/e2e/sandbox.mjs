// The sandbox's pages, as a maker of hospital systems uses them: SANDBOX_URL, and nobody signs in.
import { axe, is, ok, page_new, shot, test } from './lib.mjs'

const at = process.env.SANDBOX_URL ?? ''
const t = (name) => `[data-test="${name}"]`
const HOSPITAL = 'H35090200001'

async function say(infno, input, msgid) {
  const body = { infno, msgid: msgid ?? `E2E${Date.now()}${Math.round(Math.random() * 1e6)}`, fixmedins_code: HOSPITAL, input }
  const r = await fetch(at + '/gateway', { method: 'POST', body: JSON.stringify(body) })
  return r.json()
}

export async function sandbox() {
  if (!at) return test('the sandbox', () => 'no SANDBOX_URL given')
  const page = await page_new('vendor')
  await test('the sandbox opens without a login: keys, cards, a line that works', async () => {
    await page.goto(at + '/')
    await page.locator(t('curl')).waitFor()
    ok(page.url().endsWith('/sandbox'), 'a visitor begins here')
    is(await page.locator(`${t('institutions')} tbody tr`).count(), 9, 'institutions')
    ok((await page.locator(`${t('cards')} tbody tr`).count()) >= 13, 'cards')
    ok((await page.locator(t('curl')).textContent()).includes(at), 'the line has this address')
    await shot(page, 'sandbox-1366')
    await axe(page, 'sandbox')
  })
  await test('a message is there as it comes, with its fields; it is sent again', async () => {
    await page.locator(t('nav-sandbox_live')).click()
    await page.waitForURL('**/sandbox/live')
    await say('9001', { signIn: { opter_no: '1', mac: '1', ip: '1' } })
    await page.locator(`${t('exchanges')} tbody tr`).first().waitFor()
    await say('1101', { data: { mdtrt_cert_type: '02', mdtrt_cert_no: '350902198503121014', psn_cert_type: '77', made_up: 'x' } })
    await page.locator(`${t('exchanges')} tbody tr:first-child:has-text("1101")`).click()
    await page.locator(t('fields')).waitFor()
    const fields = await page.locator(t('fields')).textContent()
    ok(fields.includes('unknown_word') && fields.includes('unknown_field') && fields.includes('missing_field'), 'mistakes are named')
    await shot(page, 'sandbox-live-1366')
    await axe(page, 'sandbox live')
    await page.locator(t('replay-new')).click()
    await page.locator(`${t('replayed')}:has-text("ok")`).waitFor()
    await page.locator(`${t('institution')}`).click()
    await page.locator('.el-select-dropdown:visible .el-select-dropdown__item').last().click()
    await page.locator(t('exchanges')).waitFor({ state: 'detached' })
  })
  await test('a fault is set, hits, and is cleared', async () => {
    await page.locator(t('nav-sandbox_faults')).click()
    await page.locator(t('add')).click()
    await page.locator(`${t('faults')} tbody tr`).waitFor()
    const lost = await say('9001', { signIn: { opter_no: '1', mac: '1', ip: '1' } }).then(() => false, () => true)
    ok(lost, 'the line was cut')
    await page.locator(`${t('faults')} tbody tr td:last-child:has-text("1")`).waitFor()
    await page.mouse.move(5, 5)
    await shot(page, 'sandbox-faults-1366')
    await axe(page, 'sandbox faults')
    await page.locator(t('clear')).click()
    await page.locator(t('faults')).waitFor({ state: 'detached' })
  })
  await test('the report: steps, mistakes, a file to hand in', async () => {
    await page.locator(t('nav-sandbox_report')).click()
    await page.locator(`${t('steps')} tr`).first().waitFor()
    ok((await page.locator(`${t('steps')} .done`).count()) >= 2, 'sign-in and person are done')
    ok((await page.locator(t('findings')).textContent()).includes('input.data.certno'), 'what was never sent is named')
    await shot(page, 'sandbox-report-1366')
    await axe(page, 'sandbox report')
    const download = page.waitForEvent('download')
    await page.locator(t('xlsx')).click()
    ok((await download).suggestedFilename().endsWith('.xlsx'), 'an Excel file')
    await page.goto(at + '/sandbox?lang=en')
    await page.setViewportSize({ width: 390, height: 800 })
    await shot(page, 'sandbox-390')
  })
}
