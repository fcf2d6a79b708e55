// One table for routes and navigation: a page is a row.
import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'
import { server, server_load } from '@/state/server'
import { session, session_load } from '@/state/session'

interface PageRow {
  name: string
  path: string
  group: string // of the left rail
  right?: string
  load: () => Promise<unknown>
}

export const groups = ['counter', 'cover', 'providers', 'pharmacy', 'rules', 'payment', 'gateway', 'system']
export const pages: PageRow[] = [
  { name: 'counter', path: '/counter', group: 'counter', right: 'settlement.preview', load: () => import('@/pages/CounterPage.vue') },
  { name: 'settlements', path: '/settlements', group: 'counter', right: 'settlement.read', load: () => import('@/pages/SettlementsPage.vue') },
  { name: 'approvals', path: '/approvals', group: 'counter', right: 'approval.read', load: () => import('@/pages/ApprovalsPage.vue') },
  { name: 'persons', path: '/persons', group: 'cover', right: 'person.read', load: () => import('@/pages/PersonsPage.vue') },
  { name: 'providers', path: '/providers', group: 'providers', right: 'provider.read', load: () => import('@/pages/ProvidersPage.vue') },
  { name: 'prescriptions', path: '/prescriptions', group: 'pharmacy', right: 'person.read', load: () => import('@/pages/PrescriptionsPage.vue') },
  { name: 'rx_sales', path: '/prescriptions/sales', group: 'pharmacy', right: 'person.read', load: () => import('@/pages/RxSalesPage.vue') },
  { name: 'stock', path: '/stock', group: 'pharmacy', right: 'provider.read', load: () => import('@/pages/StockPage.vue') },
  { name: 'proxies', path: '/proxies', group: 'pharmacy', right: 'person.read', load: () => import('@/pages/ProxiesPage.vue') },
  { name: 'uploads', path: '/uploads', group: 'pharmacy', right: 'gateway.read', load: () => import('@/pages/UploadsPage.vue') },
  { name: 'mappings', path: '/providers/mappings', group: 'providers', right: 'catalogue.read', load: () => import('@/pages/MappingsPage.vue') },
  { name: 'departments', path: '/providers/departments', group: 'providers', right: 'provider.read', load: () => import('@/pages/DepartmentsPage.vue') },
  { name: 'staff', path: '/providers/staff', group: 'providers', right: 'provider.read', load: () => import('@/pages/StaffPage.vue') },
  { name: 'policies', path: '/policies', group: 'rules', right: 'policy.read', load: () => import('@/pages/PoliciesPage.vue') },
  { name: 'items', path: '/items', group: 'rules', right: 'catalogue.read', load: () => import('@/pages/ItemsPage.vue') },
  { name: 'review', path: '/review', group: 'rules', right: 'review.read', load: () => import('@/pages/ReviewPage.vue') },
  { name: 'review_rules', path: '/review/rules', group: 'rules', right: 'review.read', load: () => import('@/pages/ReviewRulesPage.vue') },
  { name: 'case', path: '/casemix', group: 'payment', right: 'casemix.group', load: () => import('@/pages/CasePage.vue') },
  { name: 'case_file', path: '/casemix/file', group: 'payment', right: 'casemix.group', load: () => import('@/pages/CaseFilePage.vue') },
  { name: 'dip', path: '/casemix/dip', group: 'payment', right: 'casemix.group', load: () => import('@/pages/DipPage.vue') },
  { name: 'schemes', path: '/casemix/schemes', group: 'payment', right: 'casemix.group', load: () => import('@/pages/SchemesPage.vue') },
  { name: 'grouped_lists', path: '/casemix/lists', group: 'payment', right: 'dispute.read', load: () => import('@/pages/GroupedListsPage.vue') },
  { name: 'disputes', path: '/casemix/disputes', group: 'payment', right: 'dispute.read', load: () => import('@/pages/DisputesPage.vue') },
  { name: 'clearing', path: '/clearing', group: 'payment', right: 'clearing.read', load: () => import('@/pages/ClearingPage.vue') },
  { name: 'submissions', path: '/submissions', group: 'payment', right: 'submission.read', load: () => import('@/pages/SubmissionsPage.vue') },
  { name: 'gateway', path: '/interface', group: 'gateway', right: 'gateway.read', load: () => import('@/pages/GatewayPage.vue') },
  { name: 'messages', path: '/interface/messages', group: 'gateway', right: 'gateway.read', load: () => import('@/pages/MessagesPage.vue') },
  { name: 'credentials', path: '/interface/credentials', group: 'gateway', right: 'gateway.read', load: () => import('@/pages/CredentialsPage.vue') },
  { name: 'reconcile', path: '/interface/reconcile', group: 'gateway', right: 'gateway.read', load: () => import('@/pages/ReconcilePage.vue') },
  { name: 'gateway_access', path: '/interface/access', group: 'gateway', right: 'gateway.read', load: () => import('@/pages/GatewayAccessPage.vue') },
  { name: 'import', path: '/import', group: 'system', right: 'import', load: () => import('@/pages/ImportPage.vue') },
  { name: 'users', path: '/users', group: 'system', right: 'user.read', load: () => import('@/pages/UsersPage.vue') },
  { name: 'roles', path: '/roles', group: 'system', right: 'user.read', load: () => import('@/pages/RolesPage.vue') },
  { name: 'audit', path: '/audit', group: 'system', right: 'audit.read', load: () => import('@/pages/AuditPage.vue') },
  { name: 'about', path: '/about', group: 'system', load: () => import('@/pages/AboutPage.vue') },
]
export const public_pages: Omit<PageRow, 'group'>[] = [
  { name: 'calculator', path: '/calculator', load: () => import('@/pages/CalculatorPage.vue') },
  { name: 'plain', path: '/plain', load: () => import('@/pages/PlainPage.vue') },
  { name: 'prices', path: '/prices', load: () => import('@/pages/PricesPage.vue') },
]

// where the server is a sandbox: made-up people, so nobody signs in
export const sandbox_pages: Omit<PageRow, 'group'>[] = [
  { name: 'sandbox', path: '/sandbox', load: () => import('@/pages/SandboxPage.vue') },
  { name: 'sandbox_live', path: '/sandbox/live', load: () => import('@/pages/SandboxLivePage.vue') },
  { name: 'sandbox_faults', path: '/sandbox/faults', load: () => import('@/pages/SandboxFaultsPage.vue') },
  { name: 'sandbox_report', path: '/sandbox/report', load: () => import('@/pages/SandboxReportPage.vue') },
]

const component = (load: () => Promise<unknown>) => load as RouteRecordRaw['component']
const routes = [
  // the guard sends everybody on from here, once it knows who he is
  { path: '/', name: 'home', component: () => import('@/pages/NowherePage.vue') },
  { path: '/login', name: 'login', component: () => import('@/pages/LoginPage.vue'), meta: { public: true, title: 'login' } },
  ...public_pages.map((p) => ({ path: p.path, name: p.name, component: component(p.load), meta: { public: true, title: p.name } })),
  ...sandbox_pages.map((p) => ({ path: p.path, name: p.name, component: component(p.load), meta: { public: true, sandbox: true, title: p.name } })),
  ...pages.map((p) => ({ path: p.path, name: p.name, component: component(p.load), meta: { right: p.right, title: p.name } })),
  { path: '/:rest(.*)*', name: 'nowhere', component: () => import('@/pages/NowherePage.vue'), meta: { public: true, title: 'nowhere' } },
] as RouteRecordRaw[]

export const router = createRouter({ history: createWebHistory(), routes })

/* where a user begins: his first page; a visitor begins at the calculator */
export function home(): { name: string } {
  if (!session.user) return { name: server.sandbox ? 'sandbox' : 'calculator' }
  return { name: pages.find((p) => !p.right || session.user?.rights.includes(p.right))?.name ?? 'about' }
}

router.beforeEach(async (to) => {
  // a server that does not answer is the business of the page, which can say so
  await Promise.all([session_load().catch(() => {}), server_load().catch(() => {})])
  if (to.path === '/') return home()
  if (to.meta.sandbox && server.known && !server.sandbox) return { name: 'nowhere', params: { rest: to.path.slice(1).split('/') }, replace: true }
  if (to.meta.public) return true
  if (!session.user) return { name: 'login', query: { next: to.fullPath } }
  if (session.user.must_change || session.must_add_factor) return { name: 'login', query: { next: to.fullPath } }
  return true
})
