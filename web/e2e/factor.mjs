// The second factor: set up by its owner, asked for at the next sign-in, taken away again.
import { createHmac } from 'node:crypto'
import { axe, is, login_of, ok, page_new, shot, sign_in, test } from './lib.mjs'

const t = (name) => `[data-test="${name}"]`

/* what a telephone would show, RFC 6238; `late` seconds from now */
function code(base32, late = 0) {
  const bits = [...base32.replace(/\s/g, '')].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from(bits.match(/.{8}/g).map((x) => parseInt(x, 2)))
  const step = Buffer.alloc(8)
  step.writeBigUInt64BE(BigInt(Math.floor((Date.now() / 1000 + late) / 30)))
  const mac = createHmac('sha1', key).update(step).digest()
  return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1000000).padStart(6, '0')
}

export async function factor() {
  await test('the second factor: a QR code, recovery codes, asked for at the next sign-in', async () => {
    const who = login_of('clerk2')
    if (!who) return 'no CLERK2 given'
    const page = await page_new('factor')
    await sign_in(page, who)
    await page.locator(t('who')).click()
    await page.locator(t('factor')).click()
    await page.locator(t('f-password')).fill(who.password)
    await page.locator(t('form-go')).click()
    await page.locator(t('qr')).waitFor()
    const secret = await page.locator(t('secret')).innerText()
    is(secret.replace(/\s/g, '').length, 32, 'letters of the secret')
    await shot(page, 'factor-qr-1366')
    await axe(page, 'factor, QR code')
    await page.locator(t('f-code')).fill(code(secret))
    await page.locator(t('form-go')).click()
    await page.locator(t('recovery')).waitFor()
    const recovery = await page.locator(`${t('recovery')} li`).allInnerTexts()
    is(recovery.length, 10, 'recovery codes')
    await axe(page, 'factor, recovery codes')
    await page.locator(t('recovery-noted')).click()
    await page.waitForURL((u) => u.pathname !== '/login')

    const other = await page_new('factor2')
    await other.goto('/login')
    await other.locator(t('f-login')).fill(who.login)
    await other.locator(t('f-password')).fill(who.password)
    await other.locator(t('form-go')).click()
    await other.locator(t('f-code')).fill('no-such-code')
    await other.locator(t('form-go')).click()
    await other.locator('[role="alert"]').waitFor()
    await other.mouse.move(5, 700)
    await other.waitForTimeout(400) // the button is no longer paler than it is
    await shot(other, 'factor-code-1366')
    await axe(other, 'factor, code')
    await other.locator(t('f-code')).fill(code(secret, 30))
    await other.locator(t('form-go')).click()
    await other.waitForURL((u) => u.pathname !== '/login')

    await other.goto('/login?factor=1')
    await other.locator(t('f-password')).fill(who.password)
    await other.locator(t('f-code')).fill(recovery[0])
    await other.locator(t('form-go')).click()
    await other.locator(t('f-code')).waitFor({ state: 'detached' })
    ok(await other.locator(t('f-password')).isVisible(), 'it can be set up again')
  })
}
