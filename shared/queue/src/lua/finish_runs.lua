-- The end of runs, and their tally in the fan-outs that count them.

-- Adds the numbers of `b` into `a`, however deeply they lie.
local function add_up(a, b)
  for name, value in pairs(b) do
    if type(value) == 'number' then
      a[name] = (type(a[name]) == 'number' and a[name] or 0) + value
    elseif type(value) == 'table' then
      a[name] = add_up(type(a[name]) == 'table' and a[name] or {}, value)
    end
  end
  return a
end

local function decode_table(json)
  local ok, value = pcall(cjson.decode, json)
  return ok and type(value) == 'table' and value or {}
end

local TALLY = {} -- fan-out -> what this call adds to it
local open_alls_read
local function open_alls()
  open_alls_read = open_alls_read or redis.call('SMEMBERS', OPEN)
  return open_alls_read
end

local function tally_of(all)
  local tally = TALLY[all]
  if not tally then
    tally = { done = 0, failed = 0, held = 0, partial = 0, changed = 0, counts = {}, jobs = {} }
    TALLY[all] = tally
  end
  return tally
end

-- Counts one ended run in every unfinished fan-out that waits for it.
local function count_in_alls(run_id, key, status, counts, changed)
  for _, all in ipairs(open_alls()) do
    if redis.call('HGET', run_key(all) .. ':jobs', key) == 'o' .. run_id then
      local tally = tally_of(all)
      tally.done = tally.done + 1
      if tally[status] then tally[status] = tally[status] + 1 end
      if changed then tally.changed = tally.changed + 1 end
      if counts ~= '' then add_up(tally.counts, decode_table(counts)) end
      tally.jobs[#tally.jobs + 1] = key
      tally.jobs[#tally.jobs + 1] = status:sub(1, 1) .. run_id
    end
  end
end

-- Writes the end of one run. `e`: status, counts, report, class, code, changed, and `started` where
-- the run may have no record yet; then the job must have all its fields.
local function end_run(run_id, job, e)
  local key = job[KEY_FIELD]
  if e.started then note_run(run_id, job, e.status, 'started_at', e.started) end
  redis.call('HSET', run_key(run_id), 'status', e.status, 'finished_at', text(NOW), 'counts', e.counts or '',
    'report', e.report or '', 'class', e.class or '', 'code', e.code or '', 'phase', '')
  if e.status ~= 'succeeded' then
    redis.call('ZADD', P .. 'runs:is:' .. e.status, NOW, run_id)
  end
  redis.call('HSET', LAST, key, e.status .. ' ' .. run_id)
  event(run_id, key, job.kind, e.status, 'counts', e.counts or '')
end

-- The worst of its jobs; `failed` only if all of them failed, else `partial`.
local function all_status(h)
  if h.total > 0 and h.failed == h.total then return 'failed' end
  if h.failed > 0 then return 'partial' end
  if h.held > 0 then return 'held' end
  if h.partial > 0 or h.skipped > 0 then return 'partial' end
  return 'succeeded'
end

local NUMBERS = { 'total', 'done', 'failed', 'held', 'partial', 'changed', 'skipped' }

local function load_all(all)
  local values = redis.call('HMGET', run_key(all), 'total', 'done', 'failed', 'held', 'partial', 'changed',
    'skipped', 'fanned', 'origin', 'queued_at', 'started_at', 'status', 'traceparent', 'also', 'counts')
  local h = {}
  for i, name in ipairs(NUMBERS) do h[name] = tonumber(values[i]) or 0 end
  h.fanned, h.origin, h.queued_at, h.started_at = values[8] == '1', values[9] or 'other', values[10], values[11]
  h.status, h.also, h.counts = values[12], values[14], values[15] or ''
  return h
end

local function close_all(all, h, status)
  local record = run_key(all)
  redis.call('SREM', OPEN, all)
  redis.call('HSET', P .. 'all:' .. h.origin, 'run_id', all, 'status', status, 'queued_at', h.queued_at or '',
    'started_at', h.started_at or '', 'finished_at', text(NOW))
  redis.call('HSET', status == 'succeeded' and SUCCEEDED or CHECKED, ALL_KEY, text(NOW))
  if h.origin == 'poll' and h.changed == 0 and status == 'succeeded' then
    redis.call('DEL', record, record .. ':jobs')
    return
  end
  redis.call('HSET', record, 'status', status, 'finished_at', text(NOW), 'phase', '')
  redis.call('HSET', LAST, ALL_KEY, status .. ' ' .. all)
  if h.origin == 'poll' then
    redis.call('DEL', record .. ':jobs')
    index(all, ALL_KEY, h.queued_at or NOW)
  end
  if status ~= 'succeeded' then redis.call('ZADD', P .. 'runs:is:' .. status, NOW, all) end
  event(all, ALL_KEY, 'all', status, 'counts', h.counts)
  if h.also then
    for _, run_id in ipairs(redis.call('LRANGE', P .. 'also:' .. h.also, 0, -1)) do
      redis.call('HSET', run_key(run_id), 'status', status, 'finished_at', text(NOW))
      redis.call('SREM', OPEN, run_id)
      event(run_id, ALL_KEY, 'all', status)
    end
    redis.call('DEL', P .. 'also:' .. h.also)
  end
end

-- Ends a fan-out whose jobs are all done.
local function settle_all(all)
  local h = load_all(all)
  if h.fanned and h.done >= h.total and h.status ~= 'failed' then close_all(all, h, all_status(h)) end
end

-- A fan-out that itself failed for good.
local function fail_all(all)
  close_all(all, load_all(all), 'failed')
end

-- Adds this call's tallies to their fan-outs.
local function write_tallies()
  for all, tally in pairs(TALLY) do
    local record = run_key(all)
    for first = 1, #tally.jobs, 1000 do
      redis.call('HSET', record .. ':jobs', unpack(tally.jobs, first, math.min(first + 999, #tally.jobs)))
    end
    for _, name in ipairs(NUMBERS) do
      if tally[name] and tally[name] > 0 then redis.call('HINCRBY', record, name, tally[name]) end
    end
    if next(tally.counts) then
      local sum = decode_table(redis.call('HGET', record, 'counts') or '')
      redis.call('HSET', record, 'counts', cjson.encode(add_up(sum, tally.counts)))
    end
    redis.call('HSET', record, 'touched', text(NOW))
    settle_all(all)
  end
end

-- Ends every run of a job with one status and forgets what it absorbed.
local function end_runs(job, e)
  for _, run_id in ipairs(run_ids(job)) do
    end_run(run_id, job, e)
    count_in_alls(run_id, job[KEY_FIELD], e.status, e.counts or '', e.changed)
  end
  if job.also then redis.call('DEL', P .. 'also:' .. job.job_id) end
end

-- dead, with its runs; `why` as in `bury`.
local function end_dead(s, job, why, class, code, worker, started)
  bury(s, job, why, class, code, worker)
  if s == 'a' then
    redis.call('HSET', run_key(job.run_id), 'class', class, 'code', code)
    if job.also then redis.call('HSET', run_key(job.run_id), 'also', job.job_id) end
    fail_all(job.run_id)
  else
    end_runs(job, { status = 'failed', class = class, code = code, started = started or '' })
  end
end
