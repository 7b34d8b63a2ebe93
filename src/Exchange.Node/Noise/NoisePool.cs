using System.Collections.Concurrent;
using Exchange.Privacy.Noise;

namespace Exchange.Node.Noise;

/// <summary>
/// Noise drawn beforehand. How long a draw takes depends on its size (Jin, McMurtry, Rubinstein and Ohrimenko 2022), so noise is drawn in
/// blocks of <see cref="BlockSize"/> by a thread of its own: what an answer waits for, if at all, is the time of whole blocks.
/// Every value is handed out once.
/// </summary>
internal sealed class NoisePool
{
    /// <summary>Values of a block.</summary>
    public const int BlockSize = 4096;

    /// <summary>Distributions that are kept ready; beyond, the pool begins anew.</summary>
    private const int DistributionsMax = 64;

    private readonly ConcurrentDictionary<Fraction, Lane> _lanes = new();

    /// <summary>So many values of that distribution that nobody was given before.</summary>
    public Int128[] Take(DiscreteGaussian noise, int count)
    {
        if (_lanes.Count > DistributionsMax)
        {
            _lanes.Clear();
        }

        var taken = new Int128[count];
        _lanes.GetOrAdd(noise.Parameter, _ => new Lane(noise)).Take(taken);
        return taken;
    }

    private sealed class Lane(DiscreteGaussian noise)
    {
        private readonly ConcurrentQueue<Int128[]> _ready = new();
        private readonly Lock _taking = new();
        private Int128[] _open = [];
        private int _used;
        private int _drawing;

        public void Take(Span<Int128> into)
        {
            lock (_taking)
            {
                while (into.Length > 0)
                {
                    if (_used == _open.Length)
                    {
                        (_open, _used) = (_ready.TryDequeue(out var block) ? block : Draw(), 0);
                    }

                    var part = Math.Min(into.Length, _open.Length - _used);
                    _open.AsSpan(_used, part).CopyTo(into);
                    _open.AsSpan(_used, part).Clear();
                    _used += part;
                    into = into[part..];
                }
            }

            Refill();
        }

        private void Refill()
        {
            if (_ready.IsEmpty && Interlocked.Exchange(ref _drawing, 1) == 0)
            {
                _ = Task.Run(() =>
                {
                    _ready.Enqueue(Draw());
                    Interlocked.Exchange(ref _drawing, 0);
                });
            }
        }

        private Int128[] Draw()
        {
            var bits = new SystemRandomBits();
            var block = new Int128[BlockSize];
            foreach (ref var value in block.AsSpan())
            {
                value = noise.Sample(bits);
            }

            return block;
        }
    }
}
