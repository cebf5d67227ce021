/** Organisations: the units that report, what they are called, and how they hang together on a day. */
export { importOfficialUnits } from './import-units.js';
export {
  isUnitKind,
  kindLabel,
  kindLevel,
  type Level,
  levels,
  NATION,
  territorialKinds,
  type UnitKind,
  unitTitle,
} from './kinds.js';
export { addLocalUnits, endLocalUnit, type LocalUnitAdded, type LocalUnitWish } from './local-units.js';

export { unitsAt } from './official-list.js';
export { OrganisationsModule } from './organisations.module.js';
export { type BoundaryChange, recordSuccession, type Successor } from './succession.js';
export { type Unit, UnitsService } from './units.service.js';
