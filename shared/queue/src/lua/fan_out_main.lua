-- One chunk of a fan-out, fenced by the lease of its job. Keys that this fan-out reached before
-- are left alone, so a repetition misses nobody and doubles nobody.
-- ARGV: lease value, run_id of the fan-out, origin, traceparent, then per key: key, run_id, job_id
-- Answers { enqueued, joined, skipped } of this call.
if redis.call('GET', lease_of(ALL_KEY)) ~= ARGV[5] then
  return redis.error_reply('STALELEASE the lease is held no more')
end
local all, origin, traceparent = ARGV[6], ARGV[7], ARGV[8] ~= '' and ARGV[8] or nil
local record = run_key(all)
local enqueued, joined, skipped, fields = 0, 0, 0, {}
local skips_poison = origin == 'poll' or origin == 'cron'

for at = 9, #ARGV, 3 do
  local key = ARGV[at]
  if redis.call('HSETNX', record .. ':jobs', key, 'o') == 1 then
    if skips_poison and redis.call('HEXISTS', POISON, key) == 1 then
      skipped = skipped + 1
      redis.call('HSET', record .. ':jobs', key, 'x')
    else
      local job, was_there = enqueue({
        key = key, kind = KIND, origin = origin, urgent = false, run_id = ARGV[at + 1], job_id = ARGV[at + 2],
        traceparent = traceparent, by = '', parent = all,
      })
      redis.call('HSET', record .. ':jobs', key, 'o' .. job.run_id)
      if was_there then joined = joined + 1 else enqueued = enqueued + 1 end
    end
  end
end

redis.call('PEXPIRE', record .. ':jobs', RUN_TTL)
redis.call('HINCRBY', record, 'total', enqueued + joined)
if skipped > 0 then redis.call('HINCRBY', record, 'skipped', skipped) end
redis.call('HSET', record, 'phase', 'fan-out', 'touched', text(NOW))
return { enqueued, joined, skipped }
