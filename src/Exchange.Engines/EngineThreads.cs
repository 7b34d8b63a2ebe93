using System.Collections.Concurrent;

namespace Exchange.Engines;

/// <summary>
/// Threads for engine calls, which block. A process may host a hundred nodes: were the thread pool used, their queries would hold
/// every thread of it and the replies of the others would wait behind them. Threads start when needed and stay for the process.
/// </summary>
internal static class EngineThreads
{
    private static readonly int ThreadsMax = Math.Max(8, 4 * Environment.ProcessorCount);
    private static readonly BlockingCollection<Action> Queue = [];
    private static int _threads;
    private static int _busy;

    /// <summary>Runs the work on an engine thread. Work whose token is cancelled before a thread is free does not start.</summary>
    /// <param name="work">What to run.</param>
    /// <param name="here">Work so short that changing threads would cost more: it has run when this returns.</param>
    /// <param name="cancellationToken">Of the call.</param>
    public static Task<T> RunAsync<T>(Func<T> work, bool here, CancellationToken cancellationToken)
    {
        if (!here)
        {
            return RunAsync(work, cancellationToken);
        }

        var completion = new TaskCompletionSource<T>();
        Interlocked.Increment(ref _busy);
        Complete(work, completion, cancellationToken);
        return completion.Task;
    }

    /// <inheritdoc cref="RunAsync{T}(Func{T}, bool, CancellationToken)"/>
    public static Task<T> RunAsync<T>(Func<T> work, CancellationToken cancellationToken)
    {
        var completion = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (Interlocked.Increment(ref _busy) > Volatile.Read(ref _threads))
        {
            AddThread();
        }

        Queue.Add(() => Complete(work, completion, cancellationToken), CancellationToken.None);
        return completion.Task;
    }

    private static void AddThread()
    {
        if (Interlocked.Increment(ref _threads) > ThreadsMax)
        {
            Interlocked.Decrement(ref _threads);
            return;
        }

        new Thread(Work) { IsBackground = true, Name = "engine" }.Start();
    }

    private static void Work()
    {
        foreach (var action in Queue.GetConsumingEnumerable())
        {
            action();
        }
    }

    private static void Complete<T>(Func<T> work, TaskCompletionSource<T> completion, CancellationToken cancellationToken)
    {
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            var result = work();
            Interlocked.Decrement(ref _busy);
            completion.SetResult(result);
        }
        catch (OperationCanceledException)
        {
            Interlocked.Decrement(ref _busy);
            completion.SetCanceled(cancellationToken.IsCancellationRequested ? cancellationToken : new CancellationToken(canceled: true));
        }
        catch (Exception error)
        {
            // Whatever went wrong belongs to the caller that awaits the task.
            Interlocked.Decrement(ref _busy);
            completion.SetException(error);
        }
    }
}
