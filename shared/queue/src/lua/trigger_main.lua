local idem = ARGV[5] ~= '' and (P .. 'idem:' .. ARGV[5])
local before = idem and redis.call('GET', idem)
if before then return cjson.decode(before) end
local answer = trigger(request(7))
if idem then redis.call('SET', idem, cjson.encode(answer), 'PX', ARGV[6]) end
return answer
