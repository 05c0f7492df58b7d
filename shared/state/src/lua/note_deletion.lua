-- Notes a deletion: counts it for the guard for a day, and remembers for a month what was deleted.
-- KEYS: lease, deletions of one side, buried. ARGV: lease's value, an id of the deletion's own ('': does not count),
-- the day in ms, number and event id ('': none), the month in ms.
local function add(key, member, life)
  if member == '' then return end
  redis.call('ZADD', key, NOW, member)
  redis.call('ZREMRANGEBYSCORE', key, '-inf', text(NOW - life))
  redis.call('PEXPIRE', key, life)
end
add(KEYS[2], ARGV[2], tonumber(ARGV[3]))
add(KEYS[3], ARGV[4], tonumber(ARGV[5]))
return 1
