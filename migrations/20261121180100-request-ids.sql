-- Which request an event came from: the same id stands in the log of the API, in the answer's header x-request-id, and in
-- the log lines of the job that follows. Empty for what a command or a schedule did.
alter table event add column request_id text;
