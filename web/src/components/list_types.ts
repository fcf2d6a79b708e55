// What a list page says about itself.
export interface Column {
  key: string
  kind?: 'text' | 'money' | 'day' | 'moment' | 'status' | 'word' | 'mono' | 'number' | 'price'
  fact?: string // of kind word: which dictionary of the pack
  label?: string // key of i18n; else col.KEY
  sort?: boolean
  off?: boolean // not shown until chosen
  sum?: boolean
  min?: string
}
export interface Filter {
  key: string
  kind: 'select' | 'day'
  label?: string
  options?: () => { value: string; label: string }[]
}
