-- One trigger: waiting or parked, or joined to what is. Atomic with its idempotency key.
-- ARGV: idempotency digest or '', its life (ms), key, origin, urgent, run_id, job_id, traceparent, by
-- Answers { run_id, job_id, 'queued' | 'joined' | 'skipped' }, and where it joined, the traceparent of that job.
local function request(at)
  return {
    key = ARGV[at], origin = ARGV[at + 1], urgent = ARGV[at + 2] == '1', run_id = ARGV[at + 3],
    job_id = ARGV[at + 4], traceparent = ARGV[at + 5] ~= '' and ARGV[at + 5] or nil, by = ARGV[at + 6],
    kind = ARGV[at] == ALL_KEY and 'all' or KIND,
  }
end

-- An unfinished fan-out; one whose record is gone or final counts as absent.
local function unfinished_all()
  for _, run_id in ipairs(redis.call('SMEMBERS', OPEN)) do
    local status = redis.call('HGET', run_key(run_id), 'status')
    if status == 'queued' or status == 'running' then return run_id end
    redis.call('SREM', OPEN, run_id)
  end
end

local function join_all(run_id, want)
  local record = run_key(run_id)
  local origin = redis.call('HGET', record, 'origin') or 'other'
  if RANK[want.origin] > (RANK[origin] or RANK.other) then
    redis.call('HSET', record, 'origin', want.origin, 'by', want.by)
    if origin == 'poll' then index(run_id, ALL_KEY, NOW) end
  end
  return { run_id, '', 'joined', redis.call('HGET', record, 'traceparent') or '' }
end

local function trigger(want)
  count('triggers', 1) -- the first write: refused by a full Redis before anything is written
  if want.origin == 'poll' or want.origin == 'cron' then
    if redis.call('HEXISTS', POISON, want.key) == 1 then return { '', '', 'skipped' } end
  elseif want.origin == 'person' then
    if want.kind == 'all' then redis.call('DEL', POISON) else redis.call('HDEL', POISON, want.key) end
  end
  if want.kind == 'all' and not next_job(ALL_KEY) then
    local open = unfinished_all()
    if open then return join_all(open, want) end
  end
  local job, joined = enqueue(want)
  if want.kind == 'all' then redis.call('SADD', OPEN, job.run_id) end
  if not joined and is_recorded(job) then event(job.run_id, want.key, want.kind, 'queued') end
  if joined then return { job.run_id, job.job_id, 'joined', job.traceparent or '' } end
  return { job.run_id, job.job_id, 'queued' }
end
