using System.Collections.Concurrent;
using Exchange.Protocol.Errors;

namespace Exchange.Node.Queries;

/// <summary>Counts the fragments of each caller that run now. A node at its limit refuses; it does not queue.</summary>
internal sealed class CallerSlots(int perCallerMax)
{
    private readonly ConcurrentDictionary<string, int> _running = new();

    /// <summary>Takes a slot until the handle is disposed.</summary>
    /// <exception cref="ExchangeException"><see cref="Reasons.TooManyConcurrentQueries"/>.</exception>
    public IDisposable Take(string callerId)
    {
        var running = _running.AddOrUpdate(callerId, 1, (_, count) => count + 1);
        if (running > perCallerMax)
        {
            Release(callerId);
            throw Reasons.TooManyConcurrentQueries.Because(
                $"{perCallerMax} of your queries are running at this node already.", "Ask again when one of them has ended.");
        }

        return new Slot(this, callerId);
    }

    private void Release(string callerId)
    {
        if (_running.AddOrUpdate(callerId, 0, (_, count) => count - 1) == 0)
        {
            _running.TryRemove(KeyValuePair.Create(callerId, 0));
        }
    }

    private sealed class Slot(CallerSlots slots, string callerId) : IDisposable
    {
        private int _released;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _released, 1) == 0)
            {
                slots.Release(callerId);
            }
        }
    }
}
