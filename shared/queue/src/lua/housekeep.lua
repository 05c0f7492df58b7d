-- Mends what no single step can leave behind but people, lost data and dead processes can.
-- ARGV: lease (ms), dead letters kept, days they are kept, cursor over parked jobs, cursor over marks
-- Answers { next cursor over parked jobs, next cursor over marks, mended }.
local LEASE_MS, DEAD_KEPT, DEAD_DAYS = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local mended = 0
local function mend(name, n)
  count(name, n)
  mended = mended + n
end

-- Groups exist, and consumers of dead processes go once nothing of theirs is pending.
local function sweep_consumers()
  local dead_since = NOW - math.max(LEASE_MS, 10000)
  for s, stream in pairs(STREAMS) do
    local consumers = redis.pcall('XINFO', 'CONSUMERS', stream, GROUPS[s])
    if consumers.err then
      if redis.call('EXISTS', stream) == 0 or consumers.err:find('NOGROUP', 1, true) then
        redis.call('XGROUP', 'CREATE', stream, GROUPS[s], '0', 'MKSTREAM')
        mend('groups_made', 1)
      end
      consumers = {}
    end
    for _, flat in ipairs(consumers) do
      local consumer = to_job(flat)
      local beat = tonumber(redis.call('ZSCORE', BEATS, consumer.name) or 0)
      if consumer.pending == 0 and consumer.idle > LEASE_MS and beat < dead_since then
        redis.call('XGROUP', 'DELCONSUMER', stream, GROUPS[s], consumer.name)
        mend('consumers_removed', 1)
      end
    end
  end
  for _, worker in ipairs(redis.call('ZRANGEBYSCORE', BEATS, '-inf', NOW - LEASE_MS - 60000, 'LIMIT', 0, 100)) do
    redis.call('ZREM', BEATS, worker)
    redis.call('HDEL', WORKERS, worker)
  end
end

-- Keys and runs of everything that is pending, read only when somebody asks.
local pending_keys, pending_runs
local function load_pending()
  if pending_keys then return end
  pending_keys, pending_runs = {}, {}
  for s, stream in pairs(STREAMS) do
    each_pending(s, nil, function(id)
      local found = redis.call('XRANGE', stream, id, id)[1]
      if found then
        local job = to_job(found[2])
        pending_keys[s == 'a' and ALL_KEY or job[KEY_FIELD] or ''] = true
        for _, run_id in ipairs(job.run_id and job.job_id and run_ids(job) or {}) do pending_runs[run_id] = true end
      end
    end)
  end
end

local function has_entry(lease)
  local s, id = lease:match(':(%l):(%d+%-%d+)$')
  if not s or not STREAMS[s] then return false end
  local pending = redis.pcall('XPENDING', STREAMS[s], GROUPS[s], id, id, 1)
  return not pending.err and #pending == 1
end

-- A parked job whose key nobody holds starts; a lease without an entry is removed.
local function sweep_parked()
  local page = redis.call('HSCAN', PARKED, ARGV[8], 'COUNT', 200)
  for i = 1, #page[2], 2 do
    local key, packed = page[2][i], page[2][i + 1]
    local lease = redis.call('GET', lease_of(key))
    if lease and not has_entry(lease) then
      redis.call('DEL', lease_of(key))
      mend('orphan_leases', 1)
      lease = false
    end
    if not lease then
      load_pending()
      if not pending_keys[key] then
        unpark(key, packed)
        mend('orphan_parked', 1)
      end
    end
  end
  return page[1]
end

local function sweep_marks()
  local page = redis.call('HSCAN', MARKS, ARGV[9], 'COUNT', 200)
  for i = 1, #page[2], 2 do
    local place = next_job(page[2][i])
    if place ~= 'w' and place ~= 'd' then mend('orphan_marks', 1) end
  end
  return page[1]
end

-- Dead letters beyond their number or age: counted, never silent.
local function trim_dead()
  local trimmed = redis.call('XTRIM', DEAD, 'MAXLEN', DEAD_KEPT)
    + redis.call('XTRIM', DEAD, 'MINID', text(NOW - DEAD_DAYS * 86400000))
  mend('dead_trimmed', trimmed)
  local poisoned = redis.call('HGETALL', POISON)
  for i = 1, #poisoned, 2 do
    if #redis.call('XRANGE', DEAD, poisoned[i + 1], poisoned[i + 1]) == 0 then
      redis.call('HDEL', POISON, poisoned[i])
    end
  end
end

local function trim_indexes()
  redis.call('ZREMRANGEBYSCORE', RUNS, '-inf', NOW - RUN_TTL)
  for _, status in ipairs({ 'partial', 'held', 'failed' }) do
    redis.call('ZREMRANGEBYSCORE', P .. 'runs:is:' .. status, '-inf', NOW - RUN_TTL)
  end
end

local function is_idle()
  return redis.call('XLEN', ALL) + redis.call('XLEN', URGENT) + redis.call('XLEN', MASS)
    + redis.call('ZCARD', DELAYED) + redis.call('HLEN', PARKED) == 0
end

-- Whether a run's job is still somewhere.
local function is_alive(key, run_id)
  local _, _, job = next_job(key)
  for _, id in ipairs(job and run_ids(job) or {}) do
    if id == run_id then return true end
  end
  local parked = redis.call('HGET', PARKED, key)
  if parked then
    local _, follow_up = open_pack(parked)
    for _, id in ipairs(run_ids(follow_up)) do
      if id == run_id then return true end
    end
  end
  load_pending()
  return pending_runs[run_id] or false
end

-- A fan-out that stands still: jobs of it that are nowhere any more are counted as failed.
local function reconcile(all)
  local record = run_key(all)
  local state = redis.call('HMGET', record, 'touched', 'fanned', 'status', 'queued_at')
  if state[3] ~= 'queued' and state[3] ~= 'running' then return redis.call('SREM', OPEN, all) end
  local touched = tonumber(state[1]) or tonumber(state[4]) or 0
  if NOW - touched < LEASE_MS then return end
  redis.call('HSET', record, 'touched', text(NOW))
  if state[2] ~= '1' and not is_alive(ALL_KEY, all) then
    mend('lost_jobs', 1)
    return fail_all(all)
  end
  local jobs = redis.call('HGETALL', record .. ':jobs')
  for i = 1, #jobs, 2 do
    local run_id = jobs[i + 1]:match('^o(.+)$')
    if run_id and not is_alive(jobs[i], run_id) then
      local known = to_job(redis.call('HGETALL', run_key(run_id)))
      local lost = {
        kind = KIND, [KEY_FIELD] = jobs[i], attempt = known.attempt, enqueued_at = known.queued_at,
        origin = known.origin, traceparent = known.traceparent,
      }
      end_run(run_id, lost, { status = 'failed', class = 'lost', code = '', started = '' })
      count_in_alls(run_id, jobs[i], 'failed', '', false)
      mend('lost_jobs', 1)
    end
  end
end

begin_though_full()
sweep_consumers()
local parked_cursor = sweep_parked()
local mark_cursor = sweep_marks()
trim_dead()
trim_indexes()
if is_idle() then redis.call('DEL', HISTORY) end
for _, all in ipairs(open_alls()) do reconcile(all) end
write_tallies()
return { parked_cursor, mark_cursor, mended }
