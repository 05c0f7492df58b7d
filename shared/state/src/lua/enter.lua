-- Takes a place, in the order of asking; answers 0, or how many ask before this one.
-- A holder whose time is over has lost its place; who stops asking has lost its turn.
-- KEYS: places by end of hold, askers by first asking, askers by when they are given up.
-- ARGV: asker, number of places, hold in ms, how long an asker is waited for in ms.
local PLACES, ASKING, ALIVE = KEYS[1], KEYS[2], KEYS[3]
local id, limit, hold, patience = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
redis.call('ZREMRANGEBYSCORE', PLACES, '-inf', text(NOW))
for _, gone in ipairs(redis.call('ZRANGEBYSCORE', ALIVE, '-inf', text(NOW))) do
  redis.call('ZREM', ASKING, gone)
  redis.call('ZREM', ALIVE, gone)
end
local free = limit - redis.call('ZCARD', PLACES)
local before = redis.call('ZRANK', ASKING, id) or redis.call('ZCARD', ASKING)
if before < free then
  redis.call('ZREM', ASKING, id)
  redis.call('ZREM', ALIVE, id)
  redis.call('ZADD', PLACES, NOW + hold, id)
  return 0
end
redis.call('ZADD', ASKING, 'NX', text(time[1] * 1000000 + time[2]), id)
redis.call('ZADD', ALIVE, NOW + patience, id)
return before - math.max(free, 0) + 1
