-- Clock, counters, job records: what most scripts need.
local VERSION = 1
local STREAMS = { a = ALL, u = URGENT, m = MASS }
local GROUPS = { a = 'fanout', u = 'workers', m = 'workers' }
local RUN_TTL = 30 * 86400000
local EVENTS_KEPT = 2000
-- A join takes on the stronger origin. A poll leaves no trace unless something happens.
local RANK = { person = 4, push = 3, other = 2, cron = 1, poll = 0 }

local time = redis.call('TIME')
local NOW = time[1] * 1000 + math.floor(time[2] / 1000)
local NOW_US = time[1] * 1000000 + time[2]

local function text(n) return string.format('%d', n) end

local function count(name, n)
  if n ~= 0 then redis.call('HINCRBY', COUNTERS, name, n) end
end

-- A full Redis refuses a script whose first write may grow memory. What keeps the fleet alive and
-- drains it begins with one that cannot.
local function begin_though_full() redis.call('HDEL', WORKERS, '') end

local function lease_of(key) return P .. 'lease:' .. key end

local function rank(job) return RANK[job.origin] or RANK.other end

-- A job as a table of its fields, and back as the flat list of an entry.
local function to_job(flat)
  local job = {}
  for i = 1, #flat, 2 do job[flat[i]] = flat[i + 1] end
  return job
end

-- The order matters to `is_plain` in the claim.
local FIELDS = { 'v', 'job_id', 'run_id', 'kind', KEY_FIELD, 'attempt', 'enqueued_at', 'origin', 'traceparent', 'also' }
local function to_flat(job)
  local flat, n = {}, 0
  for _, name in ipairs(FIELDS) do
    local value = job[name]
    if value then
      flat[n + 1], flat[n + 2] = name, value
      n = n + 2
    end
  end
  return flat
end

-- Calls `visit` for each pending entry, of one consumer or of all; a stream without its group has none.
local function each_pending(s, consumer, visit)
  local command = { 'XPENDING', STREAMS[s], GROUPS[s], '-', '+', 1000, consumer }
  repeat
    local page = redis.pcall(unpack(command))
    if page.err then return end
    for _, entry in ipairs(page) do visit(entry[1]) end
    if #page > 0 then command[4] = '(' .. page[#page][1] end
  until #page < 1000
end

-- A job outside its stream: `s` is the stream it belongs to, `obeys` a Retry-After.
local function pack(s, job, obeys)
  return cjson.encode({ s = s, obeys = obeys or nil, job = to_flat(job) })
end

local function open_pack(packed)
  local box = cjson.decode(packed)
  return box.s, to_job(box.job), box.obeys
end

-- waiting: joins its stream, and the key's mark names it.
local function put(s, job)
  local id = redis.call('XADD', STREAMS[s], '*', unpack(to_flat(job)))
  redis.call('HSET', MARKS, job[KEY_FIELD], 'w' .. s .. ' ' .. id .. ' ' .. job.job_id)
  return id
end

-- delayed: due later, and the key's mark names it.
-- Whoever waits for a later one is woken.
local function delay(s, job, due, obeys)
  local member = pack(s, job, obeys)
  local first = tonumber(redis.call('ZRANGE', DELAYED, 0, 0, 'WITHSCORES')[2])
  if not first or tonumber(due) < first then redis.call('XADD', WAKE, 'MAXLEN', 1, '*', 'due', due) end
  redis.call('ZADD', DELAYED, due, member)
  redis.call('HSET', MARKS, job[KEY_FIELD], 'd ' .. member)
end

-- The one job of a key that is waiting ('w'), delayed ('d') or parked ('p'), if any:
-- place, stream, job, where (entry id or member), obeys. A mark whose job is gone is removed.
local function next_job(key)
  local mark = redis.call('HGET', MARKS, key)
  if mark then
    local s, id, job_id = mark:match('^w(.) (%S+) (%S*)$')
    if s then
      local found = redis.call('XRANGE', STREAMS[s], id, id)[1]
      local job = found and to_job(found[2])
      if job and job.job_id == job_id then return 'w', s, job, id end
    else
      local member = mark:sub(3)
      if redis.call('ZSCORE', DELAYED, member) then
        local stream, job, obeys = open_pack(member)
        return 'd', stream, job, member, obeys
      end
    end
    redis.call('HDEL', MARKS, key)
  end
  local parked = redis.call('HGET', PARKED, key)
  if parked then
    local s, job = open_pack(parked)
    return 'p', s, job
  end
end

-- Takes the key's next job out of its place: place, stream, job, due, obeys.
local function take_next(key)
  local place, s, job, where, obeys = next_job(key)
  local due
  if place == 'w' then
    redis.call('XDEL', STREAMS[s], where)
    redis.call('HDEL', MARKS, key)
  elseif place == 'd' then
    due = tonumber(redis.call('ZSCORE', DELAYED, where))
    redis.call('ZREM', DELAYED, where)
    redis.call('HDEL', MARKS, key)
  elseif place == 'p' then
    redis.call('HDEL', PARKED, key)
  end
  return place, s, job, due, obeys
end

-- `job` takes `other` into itself: one job with both histories, and both run ids end with it.
local function absorb(job, other)
  local list = P .. 'also:' .. job.job_id
  redis.call('RPUSH', list, other.run_id)
  if other.also then
    local theirs = P .. 'also:' .. other.job_id
    for _, run_id in ipairs(redis.call('LRANGE', theirs, 0, -1)) do
      redis.call('RPUSH', list, run_id)
    end
    redis.call('DEL', theirs)
  end
  redis.call('PEXPIRE', list, RUN_TTL)
  job.also = '1'
  if rank(other) > rank(job) then job.origin = other.origin end
  if (tonumber(other.attempt) or 1) > (tonumber(job.attempt) or 1) then job.attempt = other.attempt end
  local failures = redis.call('HGET', HISTORY, other.job_id)
  if failures then
    local all = cjson.decode(redis.call('HGET', HISTORY, job.job_id) or '[]')
    for _, failure in ipairs(cjson.decode(failures)) do all[#all + 1] = failure end
    redis.call('HSET', HISTORY, job.job_id, cjson.encode(all))
    redis.call('HDEL', HISTORY, other.job_id)
  end
end

-- parked: waits for the key's holder. If the key has a next job already, that one absorbs it.
local function park(s, job)
  local key = job[KEY_FIELD]
  local place, stream, first, due, obeys = take_next(key)
  if first and first.job_id ~= job.job_id then
    absorb(first, job)
    s, job = s == 'u' and s or stream, first
  end
  if place == 'd' then
    delay(s, job, due, obeys)
  else
    redis.call('HSET', PARKED, key, pack(s, job))
  end
end

-- parked -> waiting, in the step that ends the key's holder.
local function unpark(key, packed)
  redis.call('HDEL', PARKED, key)
  put(open_pack(packed))
end

-- All run ids that end with a job.
local function run_ids(job)
  local ids = { job.run_id }
  if job.also then
    for _, id in ipairs(redis.call('LRANGE', P .. 'also:' .. job.job_id, 0, -1)) do
      ids[#ids + 1] = id
    end
  end
  return ids
end

-- The number of a job's attempt that people see: deaths count too.
local function show_attempt(job, history)
  local _, deaths = history:gsub('"how":"death"', '')
  job.shown = text((tonumber(job.attempt) or 1) + deaths)
end
