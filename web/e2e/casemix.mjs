// Grouping as a hospital's coder does it: a case, a file, the scheme behind them.
import { axe, is, ok, shot, test, until, user_page } from './lib.mjs'

const t = (name) => `[data-test="${name}"]`
const text = async (page, name) => (await page.locator(t(name)).first().textContent()).trim()

async function pick(page, box, code) {
  await page.locator(`${t(box)} input, input${t(box)}`).first().fill(code)
  await page.locator('.suggest-list:visible li').first().waitFor()
  await page.keyboard.press('Enter')
}

const header = 'case_id,sex,age,los,main_dx,other_dx,procedures\n'
const some = ['1,50,6,K35.800,E11.900,47.0100', '2,50,6,Z00.000,,', ',50,6,K35.800,,', '1,61,9,K80.100,,51.2300', '2,33,4,J18.900,,']

export async function casemix() {
  await test('a case finds its group while it is entered, and says why', async () => {
    const coder = await user_page('clerk')
    if (!coder) return 'no CLERK given'
    await coder.goto('/casemix')
    await coder.locator(t('scheme')).waitFor()
    await coder.locator(`${t('age')} input, input${t('age')}`).first().fill('50')
    await pick(coder, 'main', 'K35.800')
    await pick(coder, 'procedures', '阑尾')
    await coder.locator(`${t('group')}[data-drg="GD15"]`).waitFor()
    await pick(coder, 'others', 'E11.9')
    await coder.locator(`${t('group')}[data-drg="GD13"]`).waitFor()
    ok((await text(coder, 'path')).includes('E11.900'), 'the way names the complication')
    ok((await text(coder, 'missing')).length > 10, 'what was not recorded is named')
    await coder.locator(`${t('cost')} input, input${t('cost')}`).first().fill('9000')
    await coder.locator(`${t('dip')}[data-group^="K35.8"]`).waitFor()
    await shot(coder, 'case-1366')
    await axe(coder, 'case')
  })
  await test('a file of cases: progress, sums, filters, Excel', async () => {
    const coder = await user_page('clerk')
    if (!coder) return 'no CLERK given'
    const rows = Array.from({ length: 60000 }, (_, i) => `C${i},${some[i % some.length]}\n`)
    await coder.goto('/casemix/file')
    await coder.locator(t('scheme')).waitFor()
    await coder.locator(t('case-file')).setInputFiles({ name: 'cases.csv', mimeType: 'text/csv', buffer: Buffer.from(header + rows.join('')) })
    await coder.locator(t('tiles')).waitFor()
    is((await text(coder, 'tiles')).replace(/\D+/g, ' ').trim().split(' ').slice(0, 2).join(''), '60000', 'all cases are there')
    ok(/^\d\.\d{4}$/.test(await text(coder, 'cmi')), 'a CMI stands there')
    await coder.locator(t('filter-status')).click()
    await coder.locator('.el-select-dropdown:visible .el-select-dropdown__item').last().click()
    await until(coder, () => [...document.querySelectorAll('[data-test="case-rows"] tbody tr')].every((r) => r.children[4].textContent === '0000'))
    await shot(coder, 'case-file-1366')
    await axe(coder, 'case file')
    const download = coder.waitForEvent('download').catch(() => null)
    await coder.locator(t('save-xlsx')).click()
    await coder.locator('[data-test="tasks"] a[download]').first().waitFor()
    await coder.locator('[data-test="tasks"] a[download]').first().click()
    ok((await download)?.suggestedFilename().endsWith('.xlsx'), 'an Excel file is offered')
  })
  await test('a file of cases by DIP: points, tiers, filters, Excel; the DRGs of the same file', async () => {
    const coder = await user_page('clerk')
    if (!coder) return 'no CLERK given'
    const head = 'case_id,main_dx,procedures,total_cost,provider_level,sex,age\n'
    const dip = ['K35.800,47.0100,9000,三级,1,50', 'K35.800,47.0100,90000,2,1,50', 'J18.900,,1000,1,2,40', 'Z99.900,,,,1,3', ',,,,1,4', 'K35.800,47.0100,-,1,1,1', 'I10.x00,,2000,1,2,60', 'K35.900,47.1900,15000,3,1,30']
    const rows = Array.from({ length: 40000 }, (_, i) => `C${i},${dip[i % dip.length]}\n`)
    await coder.goto('/casemix/file')
    await coder.locator(t('scheme')).waitFor()
    await coder.locator(`${t('by')} label`).last().click()
    await coder.locator(t('catalogue')).waitFor()
    await coder.locator(t('case-file')).setInputFiles({ name: 'cases.csv', mimeType: 'text/csv', buffer: Buffer.from(head + rows.join('')) })
    await coder.locator(t('points')).waitFor()
    is((await text(coder, 'tiles')).replace(/\D+/g, ' ').trim().split(' ').slice(0, 8).join(''), '400003000050005000', 'cases, grouped, ungrouped, invalid')
    ok(/^[\d,]+\.\d{4}$/.test(await text(coder, 'points')), 'the points are added up')
    await shot(coder, 'case-file-dip-1366')
    await axe(coder, 'case file by DIP')
    await coder.locator(t('filter-tier')).click()
    await coder.locator('.el-select-dropdown:visible .el-select-dropdown__item').nth(1).click()
    await until(coder, () => [...document.querySelectorAll('[data-test="case-rows"] tbody tr')].every((r) => r.children[2].textContent === 'I10.x:-'))
    const download = coder.waitForEvent('download').catch(() => null)
    await coder.locator(t('save-xlsx')).click()
    await coder.locator('[data-test="tasks"] a[download^="dip-"]').first().waitFor()
    await coder.locator('[data-test="tasks"] a[download^="dip-"]').first().click()
    ok(/^dip-.*\.xlsx$/.test((await download)?.suggestedFilename() ?? ''), 'an Excel file is offered')
    await coder.locator(`${t('by')} label`).first().click()
    await coder.locator(t('cmi')).waitFor()
  })
  await test('a DIP catalogue: groups, levels, factors', async () => {
    const coder = await user_page('clerk')
    if (!coder) return 'no CLERK given'
    await coder.goto('/casemix/dip')
    await coder.locator(t('dip-group')).first().waitFor()
    await coder.locator(`${t('q')} input, input${t('q')}`).first().fill('J18')
    await until(coder, () => [...document.querySelectorAll('[data-test="dip-group"]')].every((b) => b.textContent.includes('J18')))
    await coder.locator(t('dip-group')).first().click()
    await coder.locator(`${t('panel')} table`).first().waitFor()
    await shot(coder, 'dip-1366')
    await axe(coder, 'dip')
  })
  await test('the scheme behind it: groups, rules, lists', async () => {
    const coder = await user_page('clerk')
    if (!coder) return 'no CLERK given'
    await coder.goto('/casemix/schemes')
    await coder.locator(t('drg')).first().waitFor()
    await coder.locator(`${t('q')} input, input${t('q')}`).first().fill('阑尾')
    await coder.locator(t('drg')).first().click()
    await coder.locator(`${t('panel')} table`).first().waitFor()
    ok((await text(coder, 'panel')).includes('47.0100'), 'the codes of the list are there')
    await shot(coder, 'schemes-1366')
    await axe(coder, 'schemes')
  })
}
