/**
 * Whose rows the database shows: the second wall (migrations/…-second-wall.sql). A request works in its caller's scope,
 * known to everything that runs for it without being handed on; what asks the database outside of any scope sees nothing
 * that is somebody's. The scope goes with each statement, in the same flight: binding and running `set_config` for the
 * transaction that the statement itself makes costs no round trip, and nothing of it outlives the statement.
 */
import { type ClientBase, Query, type QueryConfig } from 'pg';

/** The id of the caller's unit: its rows and those of all below it. */
export type Scope = number;
/** Everything: callers of the nation, and work that is nobody's in particular. */
export const EVERYONE: Scope = -1;

/** The role of the API in the database: bound by the policies. Made by the migrations, where they may. */
export const WALLED_ROLE = 'bao_cao_57_api';

/**
 * always: a connection is that role's, and outside of any scope it sees nothing. in scope: it is the owner's, and that
 * role's for as long as a statement or transaction works in a scope: for a process that does both.
 */
export type Wall = 'always' | 'in scope';

const STATEMENT = 'scope';
export const SET_SCOPE = `select set_config('app.scope', $1, true)`;
/** The scope, and the role with it, until the transaction ends. */
export const TAKE_SCOPE = `${SET_SCOPE}, set_config('role', '${WALLED_ROLE}', true)`;

/** Readies a new connection. */
export async function prepareScope(client: ClientBase, wall: Wall): Promise<void> {
  await client.query(`prepare ${STATEMENT} (text) as ${wall === 'always' ? SET_SCOPE : TAKE_SCOPE}`);
}

/** What of a connection of `pg` is used here; its Query class is made to be extended in the same way. */
type Wire = {
  bind(part: { statement: string; values: string[] }): void;
  execute(part: { portal: string }): void;
};
type Internals = {
  prepare(wire: Wire): void;
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: unknown, wire: Wire): void;
};
const Base = Query as unknown as new (config: QueryConfig) => Internals;

/** A statement with parameters or a name, run in a scope on a connection that was readied for it. */
export class ScopedQuery extends Base {
  private told = false;

  constructor(
    config: QueryConfig,
    private readonly scope: Scope,
  ) {
    super(config);
  }

  override prepare(wire: Wire): void {
    wire.bind({ statement: STATEMENT, values: [String(this.scope)] });
    wire.execute({ portal: '' });
    super.prepare(wire);
  }

  // The first answer is that of set_config.
  override handleDataRow(message: unknown): void {
    if (this.told) super.handleDataRow(message);
  }

  override handleCommandComplete(message: unknown, wire: Wire): void {
    if (this.told) super.handleCommandComplete(message, wire);
    this.told = true;
  }
}
