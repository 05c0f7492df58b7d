-- One firing of a schedule, once fleet-wide: the planned time is noted in the step that triggers.
-- Keys beside the common ones: KEYS[21] hash of schedule -> last planned time (ms)
-- ARGV: schedule, planned time (ms), then a request as in the trigger script.
-- Answers {} if it fired before, else as a trigger.
local last = tonumber(redis.call('HGET', KEYS[21], ARGV[5]))
if last and last >= tonumber(ARGV[6]) then return {} end
local answer = trigger(request(7))
redis.call('HSET', KEYS[21], ARGV[5], ARGV[6])
count('firings', 1)
return answer
