-- Lets held items go: all of them, or those that are named and still held.
-- KEYS: held, employees with something held, released.
-- ARGV: employee, who releases, life of a release in ms, '1' for all, else items.
local HELD, EMPLOYEES, RELEASED = KEYS[1], KEYS[2], KEYS[3]
local who, life = ARGV[2], tonumber(ARGV[3])
local items = {}
if ARGV[4] == '1' then
  items = redis.call('HKEYS', HELD)
else
  for i = 5, #ARGV do items[#items + 1] = ARGV[i] end
end
local released = {}
for _, item in ipairs(items) do
  if redis.call('HDEL', HELD, item) == 1 then
    redis.call('HSET', RELEASED, item, text(NOW) .. ' ' .. who)
    released[#released + 1] = item
  end
end
if #released > 0 then redis.call('PEXPIRE', RELEASED, life) end
if redis.call('EXISTS', HELD) == 0 then redis.call('SREM', EMPLOYEES, ARGV[1]) end
return released
