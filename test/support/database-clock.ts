/**
 * The machine's clock as a database sees it, to be set forward and back: a function clock_timestamp() of our own stands
 * before PostgreSQL's in the search path of that one database. Nothing of the product is changed.
 */
import type { DataSource } from 'typeorm';
import { rows } from '#core';

/** @param seconds to add to the true time; negative: the clock was set back */
export type SetClock = (seconds: number) => Promise<void>;

/** Sessions opened before go by the true clock still, so those of `dataSource` are opened anew. */
export async function settableClock(dataSource: DataSource): Promise<SetClock> {
  const [{ name }] = (await rows<{ name: string }>(dataSource, 'select current_database() as name')) as [
    { name: string },
  ];
  await rows(dataSource, 'create schema rehearsal');
  await rows(dataSource, `create table rehearsal.shift as select interval '0' as by`);
  await rows(
    dataSource,
    `create function rehearsal.clock_timestamp() returns timestamptz language sql volatile
     as 'select pg_catalog.clock_timestamp() + (select by from rehearsal.shift)'`,
  );
  await rows(dataSource, `alter database ${name} set search_path = rehearsal, pg_catalog, public`);
  // Functions that work as their owner have a path of their own.
  await rows(
    dataSource,
    `do $$ declare f regprocedure; begin
       for f in select oid from pg_proc where pronamespace = 'public'::regnamespace and proconfig::text like '%search_path%' loop
         execute format('alter function %s set search_path = rehearsal, pg_catalog, public, pg_temp', f);
       end loop;
     end $$`,
  );
  await dataSource.destroy();
  await dataSource.initialize();
  return async (seconds) => {
    await rows(dataSource, `update rehearsal.shift set by = make_interval(secs => $1)`, [seconds]);
  };
}
