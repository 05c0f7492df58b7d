-- Run records (run:<run_id>), their indexes, and the live feed.
local function run_key(run_id) return P .. 'run:' .. run_id end

local function event(run_id, key, kind, status, ...)
  redis.call('XADD', EVENTS, 'MAXLEN', '~', EVENTS_KEPT, '*',
    'run_id', run_id, KEY_FIELD, key, 'kind', kind, 'status', status, ...)
end

local function index(run_id, key, at)
  redis.call('ZADD', RUNS, at, run_id)
  local of_key = P .. 'runs:' .. key
  redis.call('ZADD', of_key, at, run_id)
  redis.call('ZREMRANGEBYSCORE', of_key, '-inf', NOW - RUN_TTL)
  redis.call('PEXPIRE', of_key, RUN_TTL)
end

local function queued_at(job)
  local at = job.enqueued_at
  return at and at:match('^%d+$') and at or text(NOW)
end

-- Makes the record of a run.
local function open_run(run_id, job, status, ...)
  local record = run_key(run_id)
  redis.call('HSET', record, 'kind', job.kind, 'key', job[KEY_FIELD], 'status', status,
    'attempt', job.shown or job.attempt or '1', 'queued_at', queued_at(job), 'origin', job.origin or 'other',
    'traceparent', job.traceparent or '', ...)
  redis.call('PEXPIRE', record, RUN_TTL)
  if rank(job) > 0 or job.kind ~= 'all' then index(run_id, job[KEY_FIELD], queued_at(job)) end
end

-- Writes a job's state into the record of one of its runs; makes the record where there is none.
local function note_run(run_id, job, status, ...)
  local record = run_key(run_id)
  if redis.call('EXISTS', record) == 0 then return open_run(run_id, job, status, ...) end
  redis.call('HSET', record, 'status', status, 'attempt', job.shown or job.attempt or '1', ...)
end

-- Whether a job's runs are recorded before they end.
local function is_recorded(job)
  return rank(job) > 0 or job.kind == 'all' or (tonumber(job.attempt) or 1) > 1
end
