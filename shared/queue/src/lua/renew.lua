-- Renews leases, resets the idle time of their entries, and beats the heart.
-- ARGV: worker, lease (ms), heartbeat (JSON) or '', then per lease: key, lease value, stream, entry id.
-- Answers per lease '1' renewed or '0' lost. A lease whose entry is gone is released.
local ME, LEASE_MS = ARGV[5], ARGV[6]
begin_though_full()
local answers, valid = {}, { a = {}, u = {}, m = {} }
for at = 8, #ARGV, 4 do
  local n = #answers + 1
  local ours = redis.call('GET', lease_of(ARGV[at])) == ARGV[at + 1]
  answers[n] = '0'
  if ours then
    local of = valid[ARGV[at + 2]]
    of[#of + 1] = { id = ARGV[at + 3], n = n, lease = lease_of(ARGV[at]) }
  end
end

for s, list in pairs(valid) do
  for first = 1, #list, 1000 do
    local ids, pending = {}, {}
    for i = first, math.min(first + 999, #list) do ids[#ids + 1] = list[i].id end
    local command = { 'XCLAIM', STREAMS[s], GROUPS[s], ME, 0, unpack(ids) }
    command[#command + 1] = 'JUSTID'
    local claimed = redis.pcall(unpack(command))
    if claimed.err then claimed = {} end
    for _, id in ipairs(claimed) do pending[id] = true end
    for i = first, math.min(first + 999, #list) do
      if pending[list[i].id] then
        redis.call('PEXPIRE', list[i].lease, LEASE_MS)
        answers[list[i].n] = '1'
      else
        redis.call('DEL', list[i].lease)
      end
    end
  end
end

local lost = 0
for _, answer in ipairs(answers) do
  if answer == '0' then lost = lost + 1 end
end
count('lost_leases', lost)
if ARGV[7] ~= '' then
  redis.call('HSET', WORKERS, ME, ARGV[7])
  redis.call('ZADD', BEATS, NOW, ME)
end
return answers
