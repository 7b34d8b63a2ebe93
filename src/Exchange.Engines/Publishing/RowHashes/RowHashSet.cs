using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Exchange.Engines.Publishing.RowHashes;

/// <summary>The hashes of the rows of some parts, and how much they share with those of others.</summary>
internal sealed class RowHashSet
{
    private const int RowsPerRead = 16 * 1024;
    private const int ColumnsLeast = 3;

    private readonly ulong[] _sorted;
    private readonly List<NearSample> _near;

    private RowHashSet(ulong[] sorted, List<NearSample> near) => (_sorted, _near) = (sorted, near);

    /// <summary>Reads the hashes of parts.</summary>
    /// <exception cref="InvalidDataException">A file is damaged.</exception>
    public static RowHashSet Read(IEnumerable<string> files, CancellationToken cancellationToken)
    {
        var (all, near) = (new List<ulong>(), new List<NearSample>());
        foreach (var file in files)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 256 * 1024, FileOptions.SequentialScan);
            if (ReadNumber(stream) != RowHashWriter.Form)
            {
                throw new InvalidDataException("The file does not hold hashes of rows.");
            }

            ReadHashes(stream, ReadCount(stream), all);
            var columns = ReadCount(stream);
            for (var column = 0; column < columns; column++)
            {
                var (limit, hashes) = (ReadNumber(stream), new List<ulong>());
                ReadHashes(stream, ReadCount(stream), hashes);
                if (near.Count == column)
                {
                    near.Add(new NearSample());
                }

                near[column] = near[column].With(limit, hashes);
            }
        }

        var sorted = all.ToArray();
        Array.Sort(sorted);
        return new RowHashSet(sorted, near);
    }

    /// <summary>The larger of two shares: how many of these rows are in the others, and how many of the others in these.</summary>
    public double ShareWith(RowHashSet other) => Math.Max(ShareIn(_sorted, other._sorted), ShareIn(other._sorted, _sorted));

    /// <summary>
    /// The same when one column of either is left out, or one of each, where at least two are left and most rows still differ from each
    /// other by them: of rows that hardly differ, many are alike by chance. From samples, so about as many.
    /// </summary>
    public double NearShareWith(RowHashSet other)
    {
        var (ours, theirs) = (Telling(), other.Telling());
        var (whole, otherWhole) = (Sample(_sorted), Sample(other._sorted));
        return ours.SelectMany(one => theirs.Append(otherWhole).Select(two => ShareOf(one, two)))
            .Concat(theirs.Select(two => ShareOf(whole, two)))
            .DefaultIfEmpty().Max();
    }

    private List<(ulong Limit, ulong[] Sorted)> Telling() => _near.Count < ColumnsLeast ? [] : [.. _near
        .Where(sample => sample.Hashes.Count > 0 && sample.Hashes.Distinct().Count() * 2 > sample.Hashes.Count)
        .Select(sample => (sample.Limit, sample.Hashes.Order().ToArray()))];

    private static (ulong Limit, ulong[] Sorted) Sample(ulong[] sorted)
    {
        var sample = new NearSample();
        Array.ForEach(sorted, sample.Offer);
        return (sample.Limit, [.. sample.Hashes]);
    }

    private static double ShareOf((ulong Limit, ulong[] Sorted) one, (ulong Limit, ulong[] Sorted) two)
    {
        var limit = Math.Min(one.Limit, two.Limit);
        var left = UpTo(limit, one.Sorted);
        var right = UpTo(limit, two.Sorted);
        return Math.Max(ShareIn(left, right), ShareIn(right, left));
    }

    private static ReadOnlySpan<ulong> UpTo(ulong limit, ulong[] sorted)
    {
        var count = sorted.Length;
        while (count > 0 && sorted[count - 1] > limit)
        {
            count--;
        }

        return sorted.AsSpan(0, count);
    }

    /// <summary>Which share of the first, in order, occurs in the second.</summary>
    private static double ShareIn(ReadOnlySpan<ulong> rows, ReadOnlySpan<ulong> others)
    {
        var (found, at) = (0L, 0);
        foreach (var row in rows)
        {
            while (at < others.Length && others[at] < row)
            {
                at++;
            }

            found += at < others.Length && others[at] == row ? 1 : 0;
        }

        return rows.Length == 0 ? 0 : (double)found / rows.Length;
    }

    private static void ReadHashes(FileStream stream, int count, List<ulong> hashes)
    {
        var bytes = new byte[RowsPerRead * RowHashWriter.HashBytes];
        for (var left = count; left > 0;)
        {
            var rows = Math.Min(left, RowsPerRead);
            stream.ReadExactly(bytes, 0, rows * RowHashWriter.HashBytes);
            for (var row = 0; row < rows; row++)
            {
                var hash = 0UL;
                for (var i = RowHashWriter.HashBytes - 1; i >= 0; i--)
                {
                    hash = (hash << 8) | bytes[(row * RowHashWriter.HashBytes) + i];
                }

                hashes.Add(hash);
            }

            left -= rows;
        }
    }

    private static int ReadCount(FileStream stream) => ReadNumber(stream) is var count && count <= (ulong)Array.MaxLength ? (int)count : throw new InvalidDataException("The hashes of rows are damaged.");

    private static ulong ReadNumber(FileStream stream)
    {
        var number = 0UL;
        stream.ReadExactly(MemoryMarshal.AsBytes(MemoryMarshal.CreateSpan(ref number, 1)));
        return BitConverter.IsLittleEndian ? number : BinaryPrimitives.ReverseEndianness(number);
    }
}
