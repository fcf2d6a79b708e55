// The workbench in a real browser, as its users would work with it.  Prints TAP.
//
//   BASE_URL=http://127.0.0.1:8080 CLERK=login:password CLERK2=… SUPERVISOR=… SYSADMIN=… AUDIT=… node e2e/run.mjs
//
// or PASSWORD=… when the logins are called clerk, clerk2, supervisor, data, sysadmin, secadmin, audit.  AREA is the code of the
// pooling area (350900); PERSON, PROVIDER and ITEM say what to type to find one of each; SHOTS=folder keeps pictures; CHROMIUM names the browser.
import { axe, end, is, login_of, ok, page_new, shot, sign_in, start, stop, test, trouble, until, user_page } from './lib.mjs'
import { casemix } from './casemix.mjs'
import { factor } from './factor.mjs'
import { disputes } from './dispute.mjs'
import { sandbox } from './sandbox.mjs'

const person = process.env.PERSON ?? '陈秀英'
const provider = process.env.PROVIDER ?? '宁德市医院'
const item = process.env.ITEM ?? '阿莫西林'
const t = (name) => `[data-test="${name}"]`
const text = async (page, name) => (await page.locator(t(name)).first().textContent()).trim()
const fen = (s) => Math.round(Number(s.replaceAll(',', '')) * 100)

await start()

// ---- visitors ----
const visitor = await page_new('visitor')
await test('a visitor calculates and sees where the money went', async () => {
  await visitor.goto('/')
  await visitor.waitForURL('**/calculator')
  await visitor.locator(t('amount-A')).fill('20000')
  await visitor.locator(t('calculate')).click()
  await visitor.locator(t('bar-cash')).waitFor()
  const [total, fund, account, cash] = await Promise.all(['total', 'fund_total', 'account', 'cash'].map(async (k) => fen(await text(visitor, 'figure-' + k))))
  is(fund + account + cash, total, 'funds, account and cash make the total')
  ok(fund > 0, 'a fund pays')
  await shot(visitor, 'calculator-1366')
})
await test('each bar opens its sentence and its basis', async () => {
  const fund = visitor.locator('[data-test^="bar-fund:"]').first()
  await fund.click()
  ok((await text(visitor, 'why')).length > 20, 'a sentence stands there')
  is(await fund.getAttribute('aria-expanded'), 'true', 'the bar says it is open')
  await shot(visitor, 'calculator-open-1366')
  await visitor.locator(t('flow-table')).first().click()
  ok((await visitor.locator(`${t('flow-rows')} tbody tr`).count()) > 2, 'the table behind it has rows')
})
await test('what if: another hospital level, the differences named', async () => {
  await visitor.locator(t('if-level')).click()
  await visitor.locator('.el-select-dropdown:visible .el-select-dropdown__item').last().click()
  await visitor.locator(t('verdict')).waitFor()
  ok((await visitor.locator(`${t('differences')} tbody tr`).count()) > 0, 'differences are listed')
  await visitor.locator(t('verdict')).scrollIntoViewIfNeeded()
  await shot(visitor, 'calculator-what-if-1366')
  await axe(visitor, 'calculator')
})
await test('a wrong amount is told at its field, which gets the focus; nothing typed is lost', async () => {
  await visitor.locator(t('amount-B')).fill('12.345')
  await visitor.locator(t('calculate')).click()
  is(await visitor.evaluate(() => document.activeElement.closest('.el-form-item')?.classList.contains('is-error')), true, 'focus is in the wrong field')
  is(await visitor.locator(t('amount-B')).inputValue(), '12.345', 'what was typed stands')
  await shot(visitor, 'calculator-error-1366')
})
await test('policies in plain words and the catalogue, without signing in', async () => {
  await visitor.goto('/plain')
  await visitor.locator(t('plain')).waitFor()
  await axe(visitor, 'plain')
  await shot(visitor, 'plain-1366')
  await visitor.goto('/prices')
  await visitor.locator(t('q')).fill(item)
  await visitor.keyboard.press('Enter')
  await visitor.locator('li b').first().waitFor()
  ok(visitor.url().includes('q='), 'the address holds the search')
  await axe(visitor, 'prices')
  await shot(visitor, 'prices-1366')
})
await test('the public pages on a phone: no sideways scrolling', async () => {
  const phone = await page_new('phone', { width: 390, height: 844 })
  for (const path of ['calculator', 'plain', 'prices?q=' + encodeURIComponent(item), 'login']) {
    await phone.goto('/' + path)
    await phone.locator('h1').first().waitFor()
    if (path === 'calculator') {
      await phone.locator(t('area')).waitFor()
      await shot(phone, 'calculator-form-390')
      await phone.locator(t('calculate')).click()
      await phone.locator(t('bar-cash')).waitFor()
      await phone.waitForTimeout(700)
    } else await phone.waitForTimeout(600)
    const wide = await phone.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    ok(wide <= 0, `${path} is ${wide} px too wide`)
    await shot(phone, `${path.split('?')[0]}-390`)
    await axe(phone, path + ' on a phone')
  }
})
await test('English is complete enough to calculate', async () => {
  await visitor.goto('/calculator')
  await visitor.getByRole('button', { name: 'English' }).click()
  await visitor.locator(t('calculate')).click()
  await visitor.locator(t('bar-cash')).waitFor()
  const seen = await visitor.locator('main').innerText()
  ok(/Where the money went/.test(seen) && !/钱去哪儿了/.test(seen), 'the page speaks English')
  await shot(visitor, 'calculator-en-1366')
})

// ---- signing in ----
const clerk_login = login_of('clerk')
let clerk = null
await test('a wrong password is refused in words; a page behind the login leads to it and back', async () => {
  if (!clerk_login) return 'no CLERK given'
  const p = await page_new('stranger')
  await p.goto('/settlements?state=reversed')
  await p.waitForURL(/\/login/)
  await shot(p, 'login-1366')
  await axe(p, 'login')
  await p.locator(t('f-login')).fill(clerk_login.login)
  await p.locator(t('f-password')).fill('not the password')
  await p.locator(t('form-go')).click()
  await p.locator('[role=alert]').first().waitFor()
  is(await p.locator(t('f-login')).inputValue(), clerk_login.login, 'the user name stands')
  await shot(p, 'login-error-1366')
  await p.context().close()
})
await test('the clerk signs in and begins at the counter', async () => {
  if (!clerk_login) return 'no CLERK given'
  clerk = await page_new('clerk')
  await sign_in(clerk, clerk_login)
  await clerk.goto('/')
  await clerk.waitForURL('**/counter')
  await shot(clerk, 'counter-empty-1366')
  await axe(clerk, 'counter, empty')
})

// ---- the counter ----
/* with the keyboard alone */
async function enter_bill(page, quantity) {
  const key = page.keyboard
  const listed = async () => page.locator('.suggest-list:visible li').first().waitFor()
  await page.locator(t('person-facts')).waitFor({ state: 'detached' })
  await key.type(person, { delay: 20 })
  await listed()
  await key.press('Enter')
  await page.locator(t('person-facts')).waitFor()
  await until(page, () => document.activeElement?.getAttribute('role') === 'combobox')
  if (!(await page.evaluate(() => document.activeElement.closest('tr')))) {
    await key.type(provider, { delay: 20 })
    await listed()
    await key.press('Enter')
    await page.waitForTimeout(100)
  }
  await key.press('F4')
  await key.type(item, { delay: 20 })
  await listed()
  await key.press('Enter')
  await until(page, () => document.activeElement?.inputMode === 'decimal')
  await key.type(quantity)
  await key.press('Enter')
  if (!(await page.evaluate(() => document.activeElement.value))) await key.type('100')
  await key.press('Enter')
}
let bill_no = ''
await test('a bill by keyboard alone: find, enter, preview, settle, history', async () => {
  if (!clerk) return 'no CLERK given'
  await clerk.goto('/counter')
  await until(clerk, () => document.activeElement?.getAttribute('role') === 'combobox')
  await enter_bill(clerk, '1000')
  await shot(clerk, 'counter-entered-1366')
  await clerk.keyboard.press('F8')
  await clerk.locator(t('settlement')).waitFor()
  await shot(clerk, 'counter-preview-1366')
  await axe(clerk, 'counter, previewed')
  const previewed = await text(clerk, 'figure-cash')
  await clerk.keyboard.press('F9')
  await clerk.locator(t('settle-go')).waitFor()
  await clerk.waitForTimeout(400)
  await shot(clerk, 'counter-confirm-1366')
  await clerk.keyboard.press('Enter')
  await clerk.locator(t('settled')).waitFor()
  is(await text(clerk, 'figure-cash'), previewed, 'what was settled is what was previewed')
  bill_no = /G\w+/.exec(await text(clerk, 'settled'))?.[0] ?? ''
  ok(bill_no, 'the number of the bill is shown')
  await clerk.locator(`${t('history')} li`).first().waitFor()
  await shot(clerk, 'counter-settled-1366')
  await axe(clerk, 'counter, settled')
})
await test('a bill that was changed after its preview has to be previewed again', async () => {
  if (!clerk) return 'no CLERK given'
  await clerk.keyboard.press('F2')
  await enter_bill(clerk, '10')
  await clerk.keyboard.press('F8')
  await clerk.locator(t('settlement')).waitFor()
  ok(await clerk.locator(t('settle')).isEnabled(), 'may be settled')
  await clerk.locator('tr[data-i="0"] input').nth(1).fill('11')
  ok(await clerk.locator(t('settle')).isDisabled(), 'may not be settled any more')
})
await test('an answer that is lost: it says so, finds the bill, and sending again settles only once', async () => {
  if (!clerk) return 'no CLERK given'
  await clerk.keyboard.press('F8')
  await clerk.locator(`${t('settle')}:not([disabled])`).waitFor()
  let cut = true
  const keys = []
  await clerk.route('**/api/v1/settlements?*', async (r) => {
    if (r.request().method() !== 'POST') return r.continue()
    keys.push(r.request().headers()['idempotency-key'])
    if (!cut) return r.continue()
    cut = false
    await r.fetch()
    return r.abort('connectionreset')
  })
  await clerk.keyboard.press('F9')
  await clerk.locator(t('settle-go')).waitFor()
  await clerk.waitForTimeout(400)
  await clerk.keyboard.press('Enter')
  await clerk.locator(t('lookup')).waitFor()
  await shot(clerk, 'counter-lost-answer-1366')
  await clerk.locator(t('lookup')).click()
  await clerk.locator(`${t('looked')} a`).waitFor()
  await clerk.locator(t('again')).click()
  await clerk.locator(t('settled')).waitFor()
  is(keys.length, 2, 'two requests')
  is(keys[0], keys[1], 'with one key')
  const no = /G\w+/.exec(await text(clerk, 'settled'))?.[0] ?? ''
  const found = await (await clerk.request.get(`${process.env.BASE_URL ?? 'http://127.0.0.1:8080'}/api/v1/settlements?q=${no}`)).json()
  is(found.rows.length, 1, 'settlements of that bill')
  await clerk.unroute('**/api/v1/settlements?*')
})
await test('lines are pasted; a line without an item is told at its field', async () => {
  if (!clerk) return 'no CLERK given'
  await clerk.keyboard.press('F2')
  await clerk.locator(t('person-facts')).waitFor({ state: 'detached' })
  await clerk.keyboard.press('F6')
  await clerk.locator(t('paste')).fill('编码,名称,数量,单价\nNOT-IN-CATALOGUE,不存在的项目,2,3.50\n,没有编码的,1,1.00')
  await clerk.locator(t('paste-go')).click()
  await clerk.locator(t('paste')).waitFor({ state: 'hidden' })
  is((await text(clerk, 'total-now')).trim(), '8.00', 'the total of the pasted lines')
  await clerk.keyboard.press('F8')
  await clerk.locator('[role=alert]:visible').first().waitFor()
  await shot(clerk, 'counter-errors-1366')
})

// ---- lists ----
await test('settlements: the address holds the list; a row opens a panel', async () => {
  if (!clerk) return 'no CLERK given'
  await clerk.goto('/settlements?q=' + bill_no)
  await clerk.locator(t('row')).first().waitFor()
  is(await clerk.locator(t('row')).count(), 1, 'rows of that bill')
  await clerk.locator(t('row')).first().focus()
  await clerk.keyboard.press('Enter')
  await clerk.locator(`${t('panel')} ${t('waterfall')}`).waitFor()
  ok(clerk.url().includes('open='), 'the address holds the open row')
  const id = new URL(clerk.url()).searchParams.get('open')
  const sheet = await clerk.request.get(`${process.env.BASE_URL ?? 'http://127.0.0.1:8080'}/api/v1/settlements/${id}/pdf?lang=zh&size=a4`)
  is(sheet.headers()['content-type'], 'application/pdf', 'the bill prints')
  await clerk.waitForTimeout(300)
  await shot(clerk, 'settlement-panel-1366')
  await axe(clerk, 'settlement panel')
  await clerk.keyboard.press('Escape')
  await clerk.locator(t('panel')).waitFor({ state: 'detached' })
  await clerk.goto('/settlements')
  await clerk.locator(t('row')).first().waitFor()
  await shot(clerk, 'settlements-1366')
  await clerk.evaluate(() => { window.print = () => { window.printed = document.querySelector('.print-sheet').innerText } })
  await clerk.getByRole('button', { name: '打印' }).click()
  await until(clerk, () => window.printed)
  ok(/经办/.test(await clerk.evaluate(() => window.printed)), 'the printed list has the line of maker and checker')
  await axe(clerk, 'settlements')
  await clerk.goto('/settlements?q=nothing-like-this')
  await clerk.locator('.empty').waitFor()
  await shot(clerk, 'settlements-nothing-1366')
})
await test('persons: masked; the eye asks for a reason', async () => {
  if (!clerk) return 'no CLERK given'
  await clerk.goto('/persons?q=' + encodeURIComponent(person))
  await clerk.locator(t('row')).first().waitFor()
  await shot(clerk, 'persons-1366')
  await axe(clerk, 'persons')
  await clerk.locator(t('row')).first().click()
  const facts = clerk.locator(t('person-facts'))
  await facts.waitFor()
  ok(!(await facts.innerText()).includes(person), 'the name is masked')
  await facts.locator(t('eye')).first().click()
  const box = clerk.locator(`.el-dialog:visible ${t('reason')}`)
  await box.waitFor()
  await clerk.locator(`.el-dialog:visible ${t('reason-go')}`).click()
  await clerk.locator('.el-dialog:visible [role=alert]').waitFor()
  await shot(clerk, 'reason-1366')
  await box.fill('柜台核对身份')
  await clerk.locator(`.el-dialog:visible ${t('reason-go')}`).click()
  await until(clerk, (name) => document.querySelector('[data-test="person-facts"]').innerText.includes(name), person)
  await clerk.waitForTimeout(300)
  await axe(clerk, 'person panel')
  await shot(clerk, 'person-panel-1366')
})
for (const name of ['providers', 'items', 'about']) {
  await test(`${name}: the list, a panel, no serious finding of axe`, async () => {
    if (!clerk) return 'no CLERK given'
    await clerk.goto('/' + name)
    if (name !== 'about') {
      await clerk.locator(t('row')).first().waitFor()
      await shot(clerk, `${name}-1366`)
      await clerk.locator(t('row')).nth(1).click()
      await clerk.locator(`${t('panel')} dl`).waitFor()
    } else await clerk.locator('h1').waitFor()
    await shot(clerk, `${name}-open-1366`)
    await axe(clerk, name)
  })
}
await test('the policy reader: layers, full text, sources, two versions', async () => {
  if (!clerk) return 'no CLERK given'
  await clerk.goto('/policies')
  await clerk.locator('.layer, .prose').first().waitFor()
  ok((await clerk.locator('article').innerText()).length > 200, 'the policy is told')
  await shot(clerk, 'policies-1366')
  await axe(clerk, 'policies')
  const versions = await clerk.locator(t('policy')).count()
  for (let i = 0; i < versions; i++) {
    await clerk.locator(t('policy')).nth(i).click()
    await clerk.waitForTimeout(300)
    if (await clerk.locator(`${t('compare')} .is-disabled`).count()) continue
    await clerk.locator(t('compare')).click()
    await clerk.locator('.el-select-dropdown:visible .el-select-dropdown__item').first().click()
    await clerk.locator(t('policy-differences')).waitFor()
    await shot(clerk, 'policies-compare-1366')
    break
  }
})
await test('who lacks the right is told which, and who has it', async () => {
  if (!clerk) return 'no CLERK given'
  await clerk.goto('/users')
  await clerk.locator(t('no-right')).waitFor()
  is(await clerk.locator(t('nav-users')).count(), 0, 'the rail does not offer it')
  await shot(clerk, 'no-right-1366')
  await axe(clerk, 'no right')
})

// ---- maker and checker ----
await test('one asks for a reversal, another approves it', async () => {
  const maker = await user_page('clerk2')
  const checker = await user_page('supervisor')
  if (!maker || !checker || !bill_no) return 'no CLERK2 or SUPERVISOR given'
  await maker.goto('/settlements?q=' + bill_no)
  await maker.locator(t('row')).first().click()
  await maker.locator(t('reverse')).click()
  await maker.locator(`.el-dialog:visible ${t('reason')}`).fill('账单录入有误，需复核')
  await shot(maker, 'reverse-1366')
  await maker.locator(`.el-dialog:visible ${t('reason-go')}`).click()
  await maker.locator('.el-message').waitFor()
  await checker.goto('/approvals')
  await checker.locator(t('row')).first().waitFor()
  await shot(checker, 'approvals-1366')
  await axe(checker, 'approvals')
  await checker.locator(t('row')).first().click()
  await checker.locator(t('effect')).waitFor()
  await shot(checker, 'approval-1366')
  await axe(checker, 'approval panel')
  await checker.locator(t('approve')).click()
  await checker.locator(`.el-dialog:visible ${t('reason-go')}`).click()
  await checker.locator('.el-message').waitFor()
  await checker.goto('/settlements?state=reversed&q=' + bill_no)
  await checker.locator(t('row')).first().waitFor()
  await checker.locator(t('export')).click()
  await checker.locator('.el-dropdown-menu__item:visible').first().click()
  await checker.locator(`${t('tasks')} a[download]`).waitFor()
  await shot(checker, 'export-1366')
})

// ---- administrators ----
await test('users: a new one, the password told once; roles', async () => {
  const admin = await user_page('sysadmin')
  if (!admin) return 'no SYSADMIN given'
  await admin.goto('/users')
  await admin.locator(t('row')).first().waitFor()
  await shot(admin, 'users-1366')
  await axe(admin, 'users')
  await admin.locator(t('add')).click()
  await admin.locator(t('form-go')).click()
  await admin.locator('.el-dialog:visible [role=alert]').first().waitFor()
  await admin.locator(t('f-login')).fill('e2e' + Date.now().toString(36))
  await admin.locator(t('f-name')).fill('测试用户')
  await shot(admin, 'user-add-1366')
  await admin.locator(t('form-go')).click()
  await admin.locator(t('password-once')).waitFor()
  ok((await text(admin, 'password-once')).length >= 8, 'a password is shown')
  await admin.goto('/users')
  await admin.locator(t('row')).first().click()
  await admin.locator(`${t('panel')} .roles .el-checkbox`).first().waitFor()
  await shot(admin, 'user-panel-1366')
  await axe(admin, 'user panel')
  await admin.goto('/roles')
  await admin.locator('tbody tr').first().waitFor()
  await shot(admin, 'roles-1366')
  await axe(admin, 'roles')
})
await test('audit: the chain is verified', async () => {
  const auditor = await user_page('audit')
  if (!auditor) return 'no AUDIT given'
  await auditor.goto('/audit')
  await auditor.locator(t('row')).first().waitFor()
  await auditor.locator(t('verify')).click()
  await auditor.locator(`${t('chain')}.ok`).waitFor()
  await shot(auditor, 'audit-1366')
  await auditor.locator(t('row')).first().click()
  await auditor.locator(t('panel')).waitFor()
  await axe(auditor, 'audit')
})
await test('import: a dry run tells what is wrong, row by row', async () => {
  const keeper = await user_page('data')
  if (!keeper) return 'no DATA given'
  await keeper.goto('/import')
  ok(await keeper.locator(t('dry')).isDisabled(), 'nothing to try yet')
  await keeper.locator(t('file')).setInputFiles({ name: 'persons.csv', mimeType: 'text/csv', buffer: Buffer.from('id_no,name,sex,birth_on\n350902195001012222,赵六,male,1950-01-01\n350902195002302222,钱七,female,2024-02-30\n') })
  await keeper.locator(t('dry')).click()
  await keeper.locator(t('import-answer')).waitFor()
  ok((await keeper.locator(`${t('import-answer')} tbody tr`).count()) > 0, 'the wrong row is listed')
  await shot(keeper, 'import-1366')
  await axe(keeper, 'import')
  await keeper.goto('/persons')
  await keeper.locator(t('add')).click()
  await keeper.locator(t('f-id_no')).waitFor()
  await shot(keeper, 'person-add-1366')
  await axe(keeper, 'person form')
})
await casemix()
await factor()
await disputes()
await sandbox()
await test('no error in the console, nothing loaded from elsewhere', async () => {
  is(trouble.join('\n'), '', 'trouble')
})

await stop()
process.exit(end())
