// Lines of a bill out of a file or the clipboard: CSV or tabs, with or without a header.
export interface PastedLine {
  code: string
  name: string
  quantity: string
  unit_price: string
  amount: string
  item_class: string
  date: string
}
const heads: Record<string, keyof PastedLine> = {
  code: 'code', item_code: 'code', 编码: 'code', 项目编码: 'code', 医保编码: 'code',
  name: 'name', 名称: 'name', 项目名称: 'name',
  quantity: 'quantity', 数量: 'quantity',
  unit_price: 'unit_price', price: 'unit_price', 单价: 'unit_price',
  amount: 'amount', 金额: 'amount',
  class: 'item_class', item_class: 'item_class', 等级: 'item_class', 类别: 'item_class',
  date: 'date', 日期: 'date',
}

export function rows_of(text: string): string[][] {
  const sep = text.slice(0, text.indexOf('\n') + 1 || undefined).includes('\t') ? '\t' : ','
  const rows: string[][] = []
  let row: string[] = []
  let cell = ''
  let quoted = false
  const s = text.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n') + '\n'
  for (let i = 0; i < s.length; i++) {
    const c = s[i]
    if (quoted) {
      if (c !== '"') cell += c
      else if (s[i + 1] === '"') (cell += '"'), i++
      else quoted = false
    } else if (c === '"' && cell === '') quoted = true
    else if (c === sep || c === '\n') {
      row.push(cell.trim())
      cell = ''
      if (c === '\n') {
        if (row.some((x) => x !== '')) rows.push(row)
        row = []
      }
    } else cell += c
  }
  return rows
}

export function lines_of(text: string): PastedLine[] {
  const rows = rows_of(text)
  if (!rows.length) return []
  let keys = rows[0].map((h) => heads[h.toLowerCase()] ?? heads[h])
  if (keys.some(Boolean)) rows.shift()
  else keys = rows[0].length === 2 ? ['code', 'amount'] : ['code', 'quantity', 'unit_price', 'amount']
  return rows.map((r) => {
    const line: PastedLine = { code: '', name: '', quantity: '', unit_price: '', amount: '', item_class: '', date: '' }
    keys.forEach((k, i) => k && (line[k] = r[i] ?? ''))
    return line
  })
}

/* Files of hospitals are UTF-8 or GB18030. */
export async function file_text(f: Blob): Promise<string> {
  const bytes = await f.arrayBuffer()
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return new TextDecoder('gb18030').decode(bytes)
  }
}
