-- Takes a dead letter back or drops it.
-- ARGV: 'requeue' or 'drop', id of the dead letter, then a request as in the trigger script.
-- Answers nil if there is no such dead letter, {} if it is dropped or cannot be read, else as a trigger, and the
-- letter's own traceparent at the end.
local found = redis.call('XRANGE', DEAD, ARGV[6], ARGV[6])[1]
if not found then return nil end
local letter = to_job(found[2])
local key = letter[KEY_FIELD]
local answer = {}
if ARGV[5] == 'requeue' then
  if letter.reason == 'garbage' then return {} end
  local want = request(7)
  want.key, want.kind = key, letter.kind
  answer = trigger(want)
  answer[#answer + 1] = letter.traceparent
end
redis.call('XDEL', DEAD, ARGV[6])
if redis.call('HGET', POISON, key) == ARGV[6] then redis.call('HDEL', POISON, key) end
count(ARGV[5] == 'requeue' and 'requeued' or 'dropped', 1)
return answer
