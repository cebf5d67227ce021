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
  unitKinds,
  unitTitle,
} from './kinds.js';
export { addLocalUnits, endLocalUnit, type LocalUnitAdded, type LocalUnitWish } from './local-units.js';
export { hasDiacritics, nameKey, readings, searchKey } from './normalise.js';
export { type OfficialState, type OfficialUnit, officialUnits, unitsAt } from './official-list.js';
export { OrganisationsModule } from './organisations.module.js';
export { type BoundaryChange, recordSuccession, type Successor } from './succession.js';
export { type Unit, type UnitSearch, UnitsService } from './units.service.js';
