namespace Exchange.Privacy.SafeTables;

/// <summary>
/// Which block of a table each atom is in: the owner's alone, since it is finer than the table. Kept beside the table to add and remove
/// rows, and to pool stricter tables from its blocks.
/// </summary>
public sealed class BlockAssignment
{
    private readonly SafeTable _table;
    private readonly Dictionary<string, int> _blocks;

    internal BlockAssignment(SafeTable table, IEnumerable<(IReadOnlyList<string?> Labels, int Block)> atoms)
    {
        _table = table;
        _blocks = [];
        foreach (var (labels, block) in atoms)
        {
            if (labels.Count != table.Dimensions.Count || (uint)block >= (uint)table.CountBlocks.Count || !_blocks.TryAdd(KeyOf(labels), block))
            {
                throw new InvalidDataException("The assignment of atoms is not one of this table.");
            }
        }
    }

    /// <summary>Atoms that were there when the table was made.</summary>
    public int AtomCount => _blocks.Count;

    /// <summary>
    /// The position of the count block that rows with these values belong to. New combinations belong to the narrowest block that
    /// describes them; null where none does.
    /// </summary>
    /// <param name="labels">A text per dimension, null for NULL.</param>
    public int? BlockOf(IReadOnlyList<string?> labels)
    {
        if (_blocks.TryGetValue(KeyOf(labels), out var block))
        {
            return block;
        }

        var (best, length) = ((int?)null, -1);
        for (var i = 0; i < _table.CountBlocks.Count; i++)
        {
            var description = _table.CountBlocks[i].Description;
            var matches = Enumerable.Range(0, labels.Count)
                .All(dimension => description[dimension] == Descriptions.Any || _table.Dimensions[dimension].Labels[description[dimension]] == labels[dimension]);
            var values = description.Count(value => value != Descriptions.Any);
            if (matches && values > length)
            {
                (best, length) = (i, values);
            }
        }

        return best;
    }

    /// <summary>The assignment as bytes, for the owner's own store.</summary>
    public byte[] ToBytes()
    {
        var writer = new TableWriter();
        writer.Count(_blocks.Count);
        foreach (var (key, block) in _blocks.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            writer.Text(key);
            writer.Count(block);
        }

        return writer.ToArray();
    }

    /// <summary>What <see cref="ToBytes"/> wrote, for the same table.</summary>
    /// <exception cref="InvalidDataException">Bytes of another table, or damaged.</exception>
    public static BlockAssignment FromBytes(SafeTable table, ReadOnlySpan<byte> bytes)
    {
        var reader = new TableReader(bytes);
        var atoms = new List<(IReadOnlyList<string?>, int)>();
        for (var left = reader.Count(); left > 0; left--)
        {
            atoms.Add((LabelsOf(reader.Text()!), reader.Count()));
        }

        reader.End();
        return new(table, atoms);
    }

    /// <summary>This one with the atoms that another, of a table with the same partition, has besides.</summary>
    internal BlockAssignment And(BlockAssignment other)
    {
        foreach (var (key, block) in other._blocks)
        {
            _blocks.TryAdd(key, block);
        }

        return this;
    }

    /// <summary>Per atom of the index the block it belongs to, -1 for none.</summary>
    internal int[] BlocksOf(AtomIndex atoms)
    {
        var blocks = new int[atoms.Count];
        for (var atom = 0; atom < atoms.Count; atom++)
        {
            blocks[atom] = BlockOf(LabelsOf(atoms, atom)) ?? -1;
        }

        return blocks;
    }

    /// <summary>Whether the atom was there when the table was made.</summary>
    internal bool Has(AtomIndex atoms, int atom) => _blocks.ContainsKey(KeyOf(LabelsOf(atoms, atom)));

    internal static string?[] LabelsOf(AtomIndex atoms, int atom)
    {
        var of = new string?[atoms.Dimensions];
        for (var i = 0; i < of.Length; i++)
        {
            of[i] = atoms.Labels[i][atoms.CodesOf(atom)[i]];
        }

        return of;
    }

    // A length before each text, so that no two lists have one key; NULL has the length -1.
    private static string KeyOf(IReadOnlyList<string?> labels) =>
        string.Concat(labels.Select(label => label is null ? "-1:" : $"{label.Length}:{label}"));

    private static List<string?> LabelsOf(string key)
    {
        var labels = new List<string?>();
        for (var at = 0; at < key.Length;)
        {
            var colon = key.IndexOf(':', at);
            if (colon < 0 || !int.TryParse(key.AsSpan(at, colon - at), out var length) || length < -1 || colon + 1 + length > key.Length)
            {
                throw new InvalidDataException("The assignment of atoms is damaged.");
            }

            labels.Add(length < 0 ? null : key.Substring(colon + 1, length));
            at = colon + 1 + Math.Max(length, 0);
        }

        return labels;
    }
}
