import AdminJS, {
  ComponentLoader,
  type Action,
  type ActionContext,
  type CurrentAdmin,
  type LocaleTranslations,
  type RecordActionResponse,
  type ResourceOptions,
} from 'adminjs';
import { fileURLToPath } from 'node:url';
import type { Permission } from '../auth/permissions.js';
import { ROLE_PERMISSIONS } from '../auth/permissions.js';
import { isUserRole } from '../domain/user-role.js';
import type { Config } from '../config/settings.js';
import type { Database } from '../database/database.js';
import { dashboardOf } from './dashboard.js';
import { FURTHEST_ROW } from './list-query.js';
import { LISTED, type Listed } from './listed.js';
import { ListedResource } from './listed-resource.js';
import { PANEL_ACTIONS, type PanelAction } from './panel-actions.js';

export const PANEL_PATH = '/admin';
const PER_PAGE = 25;
/** No column: links, on the page of a record. */
const RELATED = 'related';

/** Who looks at the panel, as all that AdminJS is told of them: it prints it into the page. */
export interface PanelVisitor {
  readonly id: string;
  readonly role: string;
  readonly email: string;
}

/** The components that `bundle.ts` puts into one script at build time. */
export function panelComponents(): {
  readonly loader: ComponentLoader;
  readonly dashboard: string;
  readonly action: string;
  readonly related: string;
} {
  const loader = new ComponentLoader();
  const pathOf = (file: string): string => fileURLToPath(new URL(`./components/${file}`, import.meta.url));
  const add = (name: string, file: string): string => loader.add(name, pathOf(file));
  loader.override('TopBar', pathOf('top-bar.jsx'));
  loader.override('DefaultListAction', pathOf('list.jsx'));
  loader.override('ActionHeader', pathOf('action-header.jsx'));
  loader.override('NoticeBox', pathOf('notices.jsx'));
  loader.override('FilterDrawer', pathOf('filter-drawer.jsx'));
  return {
    loader,
    dashboard: add('Dashboard', 'dashboard.jsx'),
    action: add('Action', 'action.jsx'),
    related: add('Related', 'related.jsx'),
  };
}

/** AdminJS with our own resources; what stands before it is in `panel-door.ts`. */
export function buildPanel(database: Database, switches: Config['sources']): AdminJS {
  const { loader, dashboard, ...components } = panelComponents();
  return new AdminJS({
    rootPath: PANEL_PATH,
    loginPath: '/sign-in',
    logoutPath: '/sign-out',
    componentLoader: loader,
    resources: LISTED.map((listed) => ({
      resource: new ListedResource(listed, database),
      options: optionsOf(listed, components),
    })),
    dashboard: { component: dashboard, handler: async () => dashboardOf(database, switches) },
    assets: { styles: [`${PANEL_PATH}/frontend/assets/panel.css`] },
    branding: { companyName: 'Isinglass', logo: false, withMadeWithLove: false },
    locale: { language: 'en', availableLanguages: ['en'], translations: { en: translations() } },
    settings: { defaultPerPage: PER_PAGE },
    version: { admin: false },
  });
}

function optionsOf(
  listed: Listed,
  components: Pick<ReturnType<typeof panelComponents>, 'action' | 'related'>,
): ResourceOptions {
  const { related = [] } = listed;
  const isAccessible = ({ currentAdmin }: Pick<ActionContext, 'currentAdmin'>): boolean =>
    hasPermission(currentAdmin, listed.permission);
  const off = { isAccessible: false, isVisible: false };
  return {
    navigation: { name: listed.group, icon: '' },
    sort: { sortBy: listed.columns[0]?.name ?? '$id', direction: listed.direction },
    listProperties: listed.columns.filter(({ isLong }) => !isLong).map(({ name }) => name),
    showProperties: [...(related.length > 0 ? [RELATED] : []), ...listed.columns.map(({ name }) => name)],
    filterProperties: listed.columns.filter(({ filter }) => filter !== undefined).map(({ name }) => name),
    editProperties: [],
    properties:
      related.length > 0
        ? { [RELATED]: { components: { show: components.related }, custom: { related } } }
        : {},
    actions: {
      list: {
        isAccessible,
        showFilter: listed.columns.some(({ filter }) => filter !== undefined),
        custom: { furthestRow: FURTHEST_ROW },
      },
      show: { isAccessible },
      search: { isAccessible },
      new: off,
      edit: off,
      delete: off,
      bulkDelete: off,
      ...Object.fromEntries(
        PANEL_ACTIONS.filter(({ listId }) => listId === listed.id).map((action) => [
          action.name,
          recordActionOf(action, components.action),
        ]),
      ),
    },
  };
}

/** Shows the page that asks. What is done is done by `panel-door.ts`, past AdminJS. */
function recordActionOf(
  { label, consequence, done, takes, permission, isOffered }: PanelAction,
  component: string,
): Partial<Action<RecordActionResponse>> {
  return {
    actionType: 'record',
    icon: '',
    component,
    variant: takes ? 'danger' : 'primary',
    custom: { label, consequence, done },
    isAccessible: ({ currentAdmin }) => hasPermission(currentAdmin, permission),
    isVisible: ({ record }) => record !== undefined && isOffered(record.params),
    handler: async (_request, _response, { record, currentAdmin }) => {
      if (record === undefined) throw new Error('an action of a record without one');
      return { record: record.toJSON(currentAdmin) };
    },
  };
}

export function hasPermission(visitor: CurrentAdmin | undefined, permission: Permission): boolean {
  const role = String(visitor?.['role']);
  return isUserRole(role) && ROLE_PERMISSIONS[role].includes(permission);
}

function translations(): LocaleTranslations {
  return {
    labels: Object.fromEntries(LISTED.map(({ id, title }) => [id, title])),
    actions: Object.fromEntries(PANEL_ACTIONS.map(({ name, label }) => [name, label])),
    messages: {
      noRecordsInResource: 'There is nothing here, or nothing that the filters let through.',
      errorFetchingRecord: 'The house did not show this record. Is it still there?',
      error404Action: 'There is no such record, or nothing that your role may do with it.',
      error404Record: 'There is no such record.',
    },
    resources: Object.fromEntries(
      LISTED.map(({ id, title, columns }) => [
        id,
        {
          actions: { list: title, show: title.replace(/s$/, '') },
          properties: Object.fromEntries(columns.map(({ name, label }) => [name, label ?? wordsOf(name)])),
          // As they are written everywhere else: AdminJS would begin them with a capital.
          labels: Object.fromEntries(
            columns.map(({ name, values = [] }) => [
              name,
              Object.fromEntries(values.map((value) => [value, value])),
            ]),
          ),
        },
      ]),
    ),
  };
}

/** `first_trade_on` → `First trade on` */
function wordsOf(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1).replaceAll('_', ' ');
}
