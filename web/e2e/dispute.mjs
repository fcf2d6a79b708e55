// Groups of settlement lists: a hospital contests one, the agency decides; how far DIP reaches.
import { axe, ok, shot, test, user_page } from './lib.mjs'

const t = (name) => `[data-test="${name}"]`
const text = async (page, name) => (await page.locator(t(name)).first().textContent()).trim()

async function say(page, button, note) {
  await page.locator(t(button)).first().click()
  const box = page.locator('.el-dialog:visible')
  await box.locator(`${t('reason')} input, input${t('reason')}`).first().fill(note)
  await box.locator(t('reason-go')).click()
  await box.waitFor({ state: 'hidden' })
}

export async function disputes() {
  await test('a hospital contests the group of a list, another person decides, the history stays', async () => {
    const office = await user_page('office')
    const judge = await user_page('supervisor')
    if (!office || !judge) return 'no OFFICE or SUPERVISOR given'
    await office.goto('/casemix/lists')
    await office.locator(t('row')).first().click()
    await office.locator(t('group-dip')).waitFor()
    ok((await text(office, 'group-drg')).includes('GD13') && (await text(office, 'group-dip')).includes('K35.8:47.0100'), 'both groups are there')
    await office.locator(t('contest-dip')).click()
    await office.locator('.el-dialog:visible').locator(`${t('wanted')} input, input${t('wanted')}`).first().fill('K35.8:47.0100+54.5100')
    await office.locator('.el-dialog:visible').locator(`${t('reason')} input, input${t('reason')}`).first().fill('手术记录第三页：松解粘连')
    await shot(office, 'dispute-file-1366')
    await office.locator('.el-dialog:visible').locator(t('reason-go')).click()
    await office.locator(`${t('dispute')}[data-state="filed"]`).waitFor()
    ok((await office.locator(t('contest-dip')).count()) === 0, 'one at a time')
    await judge.goto('/casemix/disputes')
    await judge.locator(t('row')).first().click()
    await say(judge, 'step-return', '请补手术记录')
    await judge.locator(`${t('dispute')}[data-state="returned"]`).waitFor()
    await office.reload()
    await say(office, 'step-supplement', '手术记录已补')
    await office.locator(`${t('dispute')}[data-state="filed"]`).waitFor()
    await judge.reload()
    await say(judge, 'step-uphold', '记录属实')
    await judge.locator(`${t('dispute')}[data-state="upheld"]`).waitFor()
    ok((await judge.locator(`${t('dispute')} ol li`).count()) === 4, 'each step is kept')
    await shot(judge, 'dispute-decided-1366')
    await judge.locator('.el-message').first().waitFor({ state: 'hidden' })
    await axe(judge, 'disputes')
    await judge.goto('/casemix/lists')
    await judge.locator(t('coverage')).waitFor()
    ok(/1 \/ \d+/.test(await text(judge, 'coverage')), 'one hospital is reached')
    await shot(judge, 'lists-1366')
    await axe(judge, 'groups of lists')
  })
}
