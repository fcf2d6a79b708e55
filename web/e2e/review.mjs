// What hospitals were told before and during care, and the rules behind it; test/e2e/gateway.py sends the messages.
import { axe, is, login_of, ok, page_new, shot, sign_in, test } from './lib.mjs'

const t = (name) => `[data-test="${name}"]`

export async function review() {
  const page = await page_new('reviewer')
  await sign_in(page, login_of('reviewer'))
  await test('reminders: one by one with what the doctor did, a finding that explains itself, summed up', async () => {
    await page.goto('/review')
    await page.locator(t('row')).first().waitFor()
    const all = await page.locator(t('row')).count()
    ok(all >= 5, 'what was found before and during care is listed')
    await shot(page, 'review-1366')
    await axe(page, 'review')
    await page.locator(t('row'), { hasText: '剖宫产术限女性' }).first().click()
    const panel = page.locator(t('panel'))
    await panel.getByText('限女性使用，患者为男性').waitFor()
    ok((await panel.innerText()).includes('已修改'), 'what the doctor did is told')
    await shot(page, 'review-panel-1366')
    await axe(page, 'a finding')
    await page.keyboard.press('Escape')
    await page.goto('/review?feedback=continued')
    await page.locator(t('row')).first().waitFor()
    is(await page.locator(t('row')).count(), 1, 'carried on with a reason')
    await page.locator(t('sums')).click()
    await page.locator(t('those')).first().waitFor()
    await shot(page, 'review-sums-1366')
    await axe(page, 'review summed up')
  })
  await test('the rules are read in sentences, with what they rest on', async () => {
    await page.goto('/review/rules')
    await page.locator(t('rule')).first().waitFor()
    ok((await page.locator(t('rule')).count()) > 20, 'all rules are there')
    await shot(page, 'review-rules-1366')
    await axe(page, 'review rules')
    await page.locator(`${t('q')} input, input${t('q')}`).first().fill('透析')
    is(await page.locator(t('rule')).count(), 1, 'one rule is about dialysis')
    await page.locator(t('rule')).first().click()
    ok((await page.locator(t('panel')).innerText()).includes('7 天内数量不超过 3'), 'what it looks at')
    await shot(page, 'review-rule-1366')
  })
}
