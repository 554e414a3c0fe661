// Eight tasks of a pool take one monitor in turn, and collect garbage meanwhile.
import java.util.concurrent.*;
public class T { static final Object a=new Object(); static int n;
 public static void main(String[] x) throws Exception { ExecutorService e=Executors.newFixedThreadPool(8);
  for(int i=0;i<8;i++) e.submit(()->{for(int k=0;k<1000;k++){synchronized(a){n++;} if(k==500) System.gc();}}); e.shutdown(); e.awaitTermination(60,TimeUnit.SECONDS); System.out.println(n);} }
