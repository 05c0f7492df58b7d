-- One chunk of a fan-out, fenced by the lease of its job. Keys that this fan-out reached before
-- are left alone, so a repetition misses nobody and doubles nobody.
-- ARGV: lease value, run_id of the fan-out, origin, then per key: key, run_id, job_id, traceparent
-- Answers { enqueued, joined, skipped } of this call, and keys and traceparents of the jobs that were joined.
if redis.call('GET', lease_of(ALL_KEY)) ~= ARGV[5] then
  return redis.error_reply('STALELEASE the lease is held no more')
end
local all, origin = ARGV[6], ARGV[7]
local record = run_key(all)
local enqueued, joined, skipped, reached, met = 0, 0, 0, {}, {}

-- What is known of the chunk's keys, in a few calls for all of them.
local keys, leases = {}, {}
for at = 8, #ARGV, 4 do
  keys[#keys + 1], leases[#leases + 1] = ARGV[at], lease_of(ARGV[at])
end
local before = redis.call('HMGET', record .. ':jobs', unpack(keys))
local marked = redis.call('HMGET', MARKS, unpack(keys))
local parked = redis.call('HMGET', PARKED, unpack(keys))
local leased = redis.call('MGET', unpack(leases))
local skips_poison = (origin == 'poll' or origin == 'cron') and redis.call('HLEN', POISON) > 0

local function reach(i, key)
  if skips_poison and redis.call('HEXISTS', POISON, key) == 1 then
    skipped = skipped + 1
    return 'x'
  end
  local want = {
    key = key, kind = KIND, origin = origin, urgent = false, run_id = ARGV[4 * i + 5], job_id = ARGV[4 * i + 6],
    traceparent = ARGV[4 * i + 7] ~= '' and ARGV[4 * i + 7] or nil, by = '', parent = all,
  }
  local job, was_there
  if marked[i] or parked[i] then
    job, was_there = enqueue(want)
  else
    job = make(want, leased[i])
  end
  if was_there then
    joined = joined + 1
    met[#met + 1], met[#met + 2] = key, job.traceparent or ''
  else
    enqueued = enqueued + 1
  end
  return 'o' .. job.run_id
end

local seen = {}
for i, key in ipairs(keys) do
  if not before[i] and not seen[key] then
    seen[key] = true
    local value = reach(i, key)
    reached[#reached + 1], reached[#reached + 2] = key, value
  end
end

if #reached > 0 then redis.call('HSET', record .. ':jobs', unpack(reached)) end
redis.call('PEXPIRE', record .. ':jobs', RUN_TTL)
redis.call('HINCRBY', record, 'total', enqueued + joined)
if skipped > 0 then redis.call('HINCRBY', record, 'skipped', skipped) end
redis.call('HSET', record, 'phase', 'fan-out', 'touched', text(NOW))
return { enqueued, joined, skipped, met }
