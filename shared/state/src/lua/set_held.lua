-- Replaces what waits for a person, and forgets releases that the run has dealt with.
-- An item keeps the time since when it waits; one that was released meanwhile waits no more.
-- KEYS: lease, held, employees with something held, released.
-- ARGV: lease's value, employee, number of releases to forget, those, then the held items.
local HELD, EMPLOYEES, RELEASED = KEYS[2], KEYS[3], KEYS[4]
local forgotten = tonumber(ARGV[3])
in_slices('HDEL', RELEASED, ARGV, 4, 3 + forgotten)
local waiting = {}
for i = 4 + forgotten, #ARGV do
  local item = ARGV[i]
  if redis.call('HEXISTS', RELEASED, item) == 0 then
    waiting[#waiting + 1] = item
    waiting[#waiting + 1] = redis.call('HGET', HELD, item) or text(NOW)
  end
end
redis.call('DEL', HELD)
in_slices('HSET', HELD, waiting, 1, #waiting)
redis.call(#waiting > 0 and 'SADD' or 'SREM', EMPLOYEES, ARGV[2])
return #waiting / 2
