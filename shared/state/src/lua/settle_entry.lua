-- The write was done; where it made a number known, it is found by that too.
-- KEYS: lease, entry, index of the number if there is one.
-- ARGV: lease's value, entry's id, life in ms, number or ''.
local at = redis.call('HGET', KEYS[2], 'at')
if not at then return 0 end
redis.call('HSET', KEYS[2], 'done', text(NOW), 'frnr', ARGV[4])
if KEYS[3] then
  redis.call('ZADD', KEYS[3], at, ARGV[2])
  redis.call('PEXPIRE', KEYS[3], tonumber(ARGV[3]))
end
return 1
