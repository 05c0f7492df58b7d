-- Claims work in one step: promotes what is due, takes over what dead workers hold, and takes
-- new entries, each with its lease and fencing token. Answers no more than `n` jobs.
-- ARGV: worker, lease (ms), n, urgent ones among them at most, '1' to look for dead workers'
-- jobs, attempts allowed.
-- Answers { now, next due time or '', '1' if nothing is left waiting, last ids of the streams
-- and of WAKE, the token before the first, jobs, histories }: each job is its stream, its entry id
-- and its fields, with tokens that rise by one; of a plain job (see `is_plain`) five values follow
-- instead of the fields: job_id, run_id, key, enqueued_at, traceparent or ''. Histories are pairs of
-- a job's number and its failures.
local ME, LEASE_MS, N, URGENT_N = ARGV[5], ARGV[6], tonumber(ARGV[7]), tonumber(ARGV[8])
local LOOK_FOR_DEAD, MAX_ATTEMPTS = ARGV[9] == '1', tonumber(ARGV[10])
local BUDGET = 2000 -- entries looked at in one call, so that a call stays short
local DUE_AT_ONCE = 500

local token = math.max(tonumber(redis.call('GET', TOKEN) or '0'), NOW_US - 1)
local FIRST_TOKEN = token
local left = N
local taken, width = {}, 0          -- the answer's jobs
local flats, jobs = {}, 0           -- their fields as they were read, by the job's number
local noted = {}                    -- jobs to be noted as running, by their number
local marked, marks, claimed = {}, {}, 0 -- keys of what was read, and their marks if nothing has changed
local dry = {}

-- Groups are made from the start of the stream: nothing that was there is skipped.
local function ensure_group(s)
  redis.call('XGROUP', 'CREATE', STREAMS[s], GROUPS[s], '0', 'MKSTREAM')
  count('groups_made', 1)
end

local function is_nogroup(reply) return type(reply) == 'table' and reply.err and reply.err:find('NOGROUP', 1, true) end

local function read(s, n)
  local reply = redis.pcall('XREADGROUP', 'GROUP', GROUPS[s], ME, 'COUNT', n, 'STREAMS', STREAMS[s], '>')
  if is_nogroup(reply) then
    ensure_group(s)
    reply = redis.pcall('XREADGROUP', 'GROUP', GROUPS[s], ME, 'COUNT', n, 'STREAMS', STREAMS[s], '>')
  end
  if reply and reply.err then error(reply) end
  return reply and reply[1][2] or {}
end

local function drop_entry(s, id)
  redis.call('XACK', STREAMS[s], GROUPS[s], id)
  redis.call('XDEL', STREAMS[s], id)
end

local function is_id(value) return type(value) == 'string' and #value > 0 and #value <= 256 end

-- nil for a good job, else 'garbage' or 'newer'.
local function fault_of(s, job, flat)
  local v = job.v
  if not v or not v:match('^%d+$') or #flat > 1000 then return 'garbage' end
  if tonumber(v) > VERSION then return 'newer' end
  if tonumber(v) ~= VERSION or not is_id(job.job_id) or not is_id(job.run_id) then return 'garbage' end
  if job.kind ~= (s == 'a' and 'all' or KIND) then return 'garbage' end
  if s == 'a' then job[KEY_FIELD] = ALL_KEY end
  if not is_id(job[KEY_FIELD]) or #flat > 64 or (s ~= 'a' and job[KEY_FIELD] == ALL_KEY) then return 'garbage' end
  for i = 2, #flat, 2 do
    if #flat[i] > 512 then return 'garbage' end
  end
  if job.attempt and not job.attempt:match('^%d%d?%d?%d?%d?%d?$') then return 'garbage' end
end

-- An entry for a newer worker is set aside for a minute at a time, at most for a day.
local function hand_to_newer(s, id, flat)
  local since = tonumber(id:match('^%d+'))
  for i = 1, #flat, 2 do
    if flat[i] == 'handed_since' then since = tonumber(flat[i + 1]) or since end
  end
  drop_entry(s, id)
  if NOW - since > 86400000 then return false end
  local raw = {}
  for i = 1, #flat, 2 do
    if flat[i] ~= 'handed_since' then
      raw[#raw + 1], raw[#raw + 2] = flat[i], flat[i + 1]
    end
  end
  raw[#raw + 1], raw[#raw + 2] = 'handed_since', text(since)
  redis.call('ZADD', DELAYED, NOW + 60000, cjson.encode({ raw = raw, s = s, id = id }))
  count('newer_handed_back', 1)
  return true
end

local function refuse(s, id, job, flat, fault)
  if fault == 'newer' and hand_to_newer(s, id, flat) then return end
  drop_entry(s, id)
  bury_garbage(s, id, job, ME)
  count('garbage', 1)
end

-- leased: the lease is taken in the step that makes the entry pending. False if the key is busy.
local PREFIX, PART = P .. 'lease:', ME .. ':'
local function lease(s, id, key, flat)
  local value = PART .. text(token + 1) .. ':' .. s .. ':' .. id
  if not redis.call('SET', PREFIX .. key, value, 'NX', 'PX', LEASE_MS) then return false end
  token, left, jobs = token + 1, left - 1, jobs + 1
  flats[jobs] = flat
  return true
end

local function answer(s, id, flat)
  taken[width + 1], taken[width + 2], taken[width + 3] = s, id, flat
  width = width + 3
end

local function answer_plain(s, id, flat)
  local n = width
  taken[n + 1], taken[n + 2], taken[n + 3], taken[n + 4] = s, id, flat[4], flat[6]
  taken[n + 5], taken[n + 6], taken[n + 7] = flat[10], flat[14], flat[18] or ''
  width = n + 7
end

local function note_mark(s, id, key, job_id)
  claimed = claimed + 1
  marked[claimed], marks[claimed] = key, 'w' .. s .. ' ' .. id .. ' ' .. job_id
end

-- The first attempt of a poll, as `put` writes it: it is noted nowhere, so no table is made of it.
local function is_plain(s, flat)
  return flat[16] == 'poll' and flat[1] == 'v' and flat[2] == '1' and flat[3] == 'job_id' and flat[5] == 'run_id'
    and flat[7] == 'kind' and flat[8] == KIND and flat[9] == KEY_FIELD and flat[11] == 'attempt' and flat[12] == '1'
    and flat[13] == 'enqueued_at' and flat[15] == 'origin' and s ~= 'a'
    and (not flat[17] or flat[17] == 'traceparent' and not flat[19])
    and is_id(flat[4]) and is_id(flat[6]) and is_id(flat[10]) and flat[10] ~= ALL_KEY
end

local function take_plain(s, id, flat)
  local key = flat[10]
  note_mark(s, id, key, flat[4])
  if lease(s, id, key, flat) then return answer_plain(s, id, flat) end
  return to_job(flat)
end

local function take_other(s, id, flat)
  local job = to_job(flat)
  local fault = fault_of(s, job, flat)
  if fault then return refuse(s, id, job, flat, fault) end
  local key = job[KEY_FIELD]
  note_mark(s, id, key, job.job_id)
  if not lease(s, id, key, flat) then return job end
  answer(s, id, flat)
  noted[jobs] = job
end

local function take_new(s, id, flat)
  local busy = (is_plain(s, flat) and take_plain or take_other)(s, id, flat)
  if busy then
    drop_entry(s, id)
    park(s, busy)
    count('parked', 1)
  end
end

local function take_from(s, n)
  local stop = left - math.min(n, left)
  while left > stop and BUDGET > 0 do
    local want = left - stop
    local entries = read(s, want)
    BUDGET = BUDGET - #entries
    for _, entry in ipairs(entries) do take_new(s, entry[1], entry[2]) end
    if #entries < want then
      dry[s] = true
      return
    end
  end
end

-- Whether a member of the delayed set is as `pack` or `hand_to_newer` wrote it.
local function is_whole(box)
  if type(box) ~= 'table' or not STREAMS[box.s] then return false end
  if box.raw then return type(box.raw) == 'table' and #box.raw > 0 end
  if type(box.job) ~= 'table' then return false end
  local job = to_job(box.job)
  return is_id(job.job_id) and is_id(job.run_id) and is_id(job[KEY_FIELD])
end

local function promote_due()
  local due = redis.call('ZRANGEBYSCORE', DELAYED, '-inf', NOW, 'LIMIT', 0, DUE_AT_ONCE)
  for _, member in ipairs(due) do
    redis.call('ZREM', DELAYED, member)
    local ok, box = pcall(cjson.decode, member)
    if not ok or not is_whole(box) then
      bury_garbage('m', text(NOW), {}, ME)
      count('garbage', 1)
    elseif box.raw then
      redis.call('XADD', STREAMS[box.s], '*', unpack(box.raw))
    else
      put(box.s, to_job(box.job))
    end
  end
  return #due < DUE_AT_ONCE
end

-- Too many workers died of it. A follow-up that neither a person nor a push asked for shares
-- its fate: cron and polls skip a poisoned key.
local function end_poisoned(s, id, job, holder, busy)
  drop_entry(s, id)
  end_dead(s, job, 'deaths', 'worker died', '', holder)
  if busy then return end
  local place, stream, follow_up, due, obeys = take_next(job[KEY_FIELD])
  if not place then return end
  if rank(follow_up) <= RANK.cron then
    redis.call('HDEL', HISTORY, follow_up.job_id)
    end_runs(follow_up, { status = 'failed', class = 'poisoned', code = '', started = '' })
  elseif place == 'd' then
    delay(stream, follow_up, due, obeys)
  else
    put(stream, follow_up)
  end
end

local ALIVE_MS = 4000 -- a heart that has not beaten for longer is dead, or was cut off

-- A worker whose heart beats hands back by itself what it lost.
local function is_alive(worker)
  local beat = redis.call('ZSCORE', BEATS, worker)
  return beat and NOW - tonumber(beat) < ALIVE_MS
end

-- Whether Redis was away for everybody a moment ago: nobody died of that, so the living get
-- the time to hand back first.
local function is_resuming()
  local latest = redis.call('ZRANGE', BEATS, -1, -1, 'WITHSCORES')[2]
  local mark = P .. 'resuming'
  if latest and NOW - tonumber(latest) > ALIVE_MS then redis.call('SET', mark, '1', 'PX', 3000) end
  return redis.call('EXISTS', mark) == 1
end

-- A pending entry whose lease has run out: its worker died (or was cut off) in the middle.
-- A follow-up stays parked, now behind the new holder.
local function take_over(s, id, holder, idle)
  local entry = redis.call('XRANGE', STREAMS[s], id, id)[1]
  if not entry then -- deleted by hand: nothing is left to run
    redis.call('XACK', STREAMS[s], GROUPS[s], id)
    return
  end
  local job = to_job(entry[2])
  local fault = fault_of(s, job, entry[2])
  if fault then return refuse(s, id, job, entry[2], fault) end
  local key = job[KEY_FIELD]
  local there = redis.call('GET', lease_of(key))
  if there and there:sub(-#id - 3) == ':' .. s .. ':' .. id then return end
  if is_alive(holder) and idle < 2 * LEASE_MS + 10000 then return end
  note_mark(s, id, key, job.job_id)
  count('takeovers', 1)
  local deaths = add_failure(job, 'death', 'worker died', '', holder)
  if deaths >= MAX_ATTEMPTS then return end_poisoned(s, id, job, holder, there) end
  if there then -- the key runs another job by now: this one becomes its follow-up
    drop_entry(s, id)
    return park(s, job)
  end
  redis.call('XCLAIM', STREAMS[s], GROUPS[s], ME, 0, id, 'JUSTID')
  lease(s, id, key, entry[2])
  answer(s, id, entry[2])
  noted[jobs] = job
end

local function look_for_dead()
  if is_resuming() then return end
  for _, s in ipairs({ 'u', 'a', 'm' }) do
    local idle = redis.pcall('XPENDING', STREAMS[s], GROUPS[s], 'IDLE', LEASE_MS, '-', '+', 200)
    if idle.err then idle = {} end
    for _, pending in ipairs(idle) do
      if left == 0 then return end
      take_over(s, pending[1], pending[2], pending[3])
    end
  end
end

-- A claimed job is no longer what its key's mark names.
local function clear_marks()
  local gone = {}
  for first = 1, claimed, 1000 do
    local there = redis.call('HMGET', MARKS, unpack(marked, first, math.min(first + 999, claimed)))
    for i, mark in ipairs(there) do
      if mark == marks[first + i - 1] then gone[#gone + 1] = marked[first + i - 1] end
    end
  end
  for first = 1, #gone, 1000 do
    redis.call('HDEL', MARKS, unpack(gone, first, math.min(first + 999, #gone)))
  end
end

local function find_histories()
  local found = {}
  if redis.call('HLEN', HISTORY) == 0 then return found end
  for n = 1, jobs do
    local job = noted[n] or to_job(flats[n])
    local history = redis.call('HGET', HISTORY, job.job_id)
    if history then
      found[#found + 1], found[#found + 2] = n, history
      show_attempt(job, history)
      noted[n] = job
    end
  end
  return found
end

local function note_started()
  for _, job in pairs(noted) do
    for _, run_id in ipairs((is_recorded(job) or job.also or job.shown) and run_ids(job) or {}) do
      note_run(run_id, job, 'running', 'started_at', text(NOW), 'phase', '')
      event(run_id, job[KEY_FIELD], job.kind, 'running', 'attempt', job.shown or job.attempt or '1')
    end
    if job.kind == 'all' then redis.call('SADD', OPEN, job.run_id) end
  end
end

local function last_ids()
  local ids = {}
  for i, stream in ipairs({ ALL, URGENT, MASS, WAKE }) do
    local info = redis.pcall('XINFO', 'STREAM', stream)
    ids[i] = '0-0'
    for j = 1, #info, 2 do
      if info[j] == 'last-generated-id' then ids[i] = info[j + 1] end
    end
  end
  return ids
end

begin_though_full()
if LOOK_FOR_DEAD then look_for_dead() end
local all_due = promote_due()
take_from('u', URGENT_N)
take_from('a', left)
take_from('m', left)
if not dry.u then take_from('u', left) end
clear_marks()
local histories = {}
if jobs > 0 then
  redis.call('SET', TOKEN, text(token))
  count('claims', jobs)
  histories = find_histories()
  note_started()
end
write_tallies()
local next_due = redis.call('ZRANGE', DELAYED, 0, 0, 'WITHSCORES')[2] or ''
local is_dry = all_due and dry.a and dry.u and dry.m
return { text(NOW), next_due, is_dry and '1' or '', is_dry and last_ids() or {}, text(FIRST_TOKEN), taken, histories }
