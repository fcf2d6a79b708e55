// ECharts, only the parts used.
import { use, init, type ECharts } from 'echarts/core'
import { BarChart } from 'echarts/charts'
import { AriaComponent, GridComponent, TooltipComponent } from 'echarts/components'
import { SVGRenderer } from 'echarts/renderers'

use([BarChart, GridComponent, TooltipComponent, AriaComponent, SVGRenderer])
export function chart_make(box: HTMLElement): ECharts {
  return init(box, undefined, { renderer: 'svg' })
}
