# A queue, two locks in one order, and a pool; the interpreter's own locks beside them.
import threading, queue, concurrent.futures as f
q=queue.Queue(); l1=threading.Lock(); l2=threading.RLock(); n=0
def w():
    global n
    while True:
        x=q.get()
        if x is None: return
        with l1:
            with l2: n+=x
ts=[threading.Thread(target=w) for _ in range(8)]
[t.start() for t in ts]
for i in range(20000): q.put(1)
[q.put(None) for _ in ts]; [t.join() for t in ts]
with f.ThreadPoolExecutor(8) as e: s=sum(e.map(lambda x:x*x, range(5000)))
print(n,s)
