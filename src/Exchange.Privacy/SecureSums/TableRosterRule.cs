using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Exchange.Privacy.SecureSums;

/// <summary>
/// Whether sums over tables may be told beside those told before, over whatever members, of whatever parts and versions of their data: no
/// combination of them all may be of the figures of fewer than <c>differenceMin</c> members.
/// <para>
/// The rule. Take any description that a block of some member has, and for every table told, the part it falls in, or none: its cell. Take
/// of each member that has something there its pattern: in which of these tables it takes part, and in which of them its block there is the same.
/// Those who have a pattern in a cell are nobody or at least differenceMin members.
/// </para>
/// <para>
/// Why it is enough. A combination of told sums gives each part of each table a factor, whatever figure is summed: counts and sums of one
/// table are told of unions of its parts. A member's figure of a block stands in the tables that have the block unchanged, and its factor is the
/// sum of their parts' factors there. So the factors of a member follow from cell and pattern at its blocks, and where one of them is not zero it
/// is the same one for everybody with that pattern in that cell: who is in a combination at all are unions of such sets of members, and
/// each has at least differenceMin. That holds for blocks as they are (looked at for each member where it has a block of just this
/// description) and, so that nothing is gained by knowing how little a new version changed, for what is in the description (looked at where a
/// block covers it): however a member's versions hang together, all that share a pattern have the same factors.
/// </para>
/// <para>
/// It is no more than enough: it also refuses some of which no combination is of few. A table that equals one there was, in members, blocks and
/// parts, is always admitted. With c members who tell the asker their figures, at least differenceMin − c others are left.
/// </para>
/// </summary>
public static class TableRosterRule
{
    // Tables times descriptions times members; where it would be more, nothing is admitted.
    private const long StepsMax = 10_000_000;

    /// <summary>Decides on a table.</summary>
    /// <param name="recorded">What was told; itself admitted in turn.</param>
    /// <param name="next">What would be told.</param>
    /// <param name="differenceMin">Fewest members that any combination may be of; at least 1. The asker is no member.</param>
    public static bool IsAdmitted(IReadOnlyCollection<ToldTable> recorded, ToldTable next, int differenceMin)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(differenceMin, 1);
        if (recorded.Count == 0)
        {
            // Beside nothing, cells are parts, and everybody has the one pattern.
            var names = next.Members.Select(member => member.Member).ToHashSet(StringComparer.Ordinal);
            return next.Parts.All(part => next.Partition.Parts[part].Members.Count(names.Contains) is var count && (count == 0 || count >= differenceMin));
        }

        ToldTable[] tables = [.. recorded, next];
        var tree = new DescriptionTree();
        var described = tables.SelectMany(table => table.Partition.Parts).SelectMany(part => part.Descriptions).Select(tree.Add).Distinct().ToList();
        var members = tables.SelectMany(table => table.Members).Select(member => member.Member).Distinct(StringComparer.Ordinal).ToList();
        if ((long)tables.Length * described.Count * members.Count > StepsMax)
        {
            return false;
        }

        var cells = Array.ConvertAll(tables, table => PartsOf(table, described, tree));
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var member in members)
        {
            var blocks = Array.ConvertAll(tables, table => BlocksOf(table, member, tree));
            foreach (var pattern in described.SelectMany(node => PatternsAt(node, cells, blocks, tree)).ToHashSet(StringComparer.Ordinal))
            {
                CollectionsMarshal.GetValueRefOrAddDefault(counts, pattern, out _)++;
            }
        }

        return counts.Values.All(count => count >= differenceMin);
    }

    // Per node the part of the table that it falls in, by the narrowest description that describes it; -1 where that is not told.
    private static int[] PartsOf(ToldTable table, List<int> described, DescriptionTree tree)
    {
        var own = new int?[tree.Count];
        for (var part = 0; part < table.Partition.Parts.Length; part++)
        {
            foreach (var description in table.Partition.Parts[part].Descriptions)
            {
                own[tree.Add(description)] = table.Parts.Contains(part) ? part : -1;
            }
        }

        var parts = new int[tree.Count];
        foreach (var node in described)
        {
            parts[node] = tree.Nearest(node, one => own[one] is not null) is >= 0 and var nearest ? own[nearest]!.Value : -1;
        }

        return parts;
    }

    // Per node the member's stamp; null for a table that it takes no part in.
    private static ulong?[]? BlocksOf(ToldTable table, string member, DescriptionTree tree)
    {
        if (table.Members.FirstOrDefault(one => one.Member == member) is not { } own)
        {
            return null;
        }

        var stamps = new ulong?[tree.Count];
        foreach (var block in own.Blocks)
        {
            stamps[tree.Add(block.Description)] = block.Stamp;
        }

        return stamps;
    }

    // Cell and pattern of a member at a description: by the blocks that cover it, and by those that have just this description.
    private static IEnumerable<string> PatternsAt(int node, int[][] cells, ulong?[]?[] blocks, DescriptionTree tree)
    {
        var (covering, exact) = (new Pattern("covering"), new Pattern("exact"));
        for (var table = 0; table < cells.Length; table++)
        {
            if (cells[table][node] < 0 || blocks[table] is not { } own || tree.Nearest(node, one => own[one] is not null) is not (>= 0 and var nearest))
            {
                continue;
            }

            var block = (nearest, own[nearest]!.Value);
            covering.Add(table, cells[table][node], block);
            if (nearest == node)
            {
                exact.Add(table, cells[table][node], block);
            }
        }

        return new[] { covering, exact }.Where(pattern => !pattern.IsEmpty).Select(pattern => pattern.ToString());
    }

    // Blocks that are the same have one number.
    private sealed class Pattern(string kind)
    {
        private readonly StringBuilder _text = new(kind);
        private readonly List<(int Node, ulong Stamp)> _blocks = [];

        public bool IsEmpty => _blocks.Count == 0;

        public void Add(int table, int part, (int Node, ulong Stamp) block)
        {
            var number = _blocks.IndexOf(block);
            if (number < 0)
            {
                number = _blocks.Count;
                _blocks.Add(block);
            }

            _text.Append(CultureInfo.InvariantCulture, $" {table}.{part}.{number}");
        }

        public override string ToString() => _text.ToString();
    }
}
