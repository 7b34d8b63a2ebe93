namespace Exchange.Privacy.SafeTables;

/// <summary>
/// Which block of a table each atom is in: the owner's alone, since it is finer than the table. Kept beside the table to add and remove
/// rows, and to pool stricter tables from its blocks.
/// </summary>
public sealed class BlockAssignment
{
    private const int OfNull = -1;
    private const int Unknown = -2;

    private readonly SafeTable _table;
    private readonly Dictionary<int[], int> _blocks = new(new CodesComparer());

    // Atoms are kept as numbers of their texts, per dimension in the order the texts came.
    private readonly Dictionary<string, int>[] _numbers;
    private readonly List<string>[] _texts;

    internal BlockAssignment(SafeTable table, IEnumerable<(IReadOnlyList<string?> Labels, int Block)> atoms)
        : this(table)
    {
        foreach (var (labels, block) in atoms)
        {
            Add(labels.Count == _numbers.Length ? [.. labels.Select((label, i) => NumberOf(i, label, add: true))] : [], block);
        }
    }

    internal BlockAssignment(SafeTable table, AtomIndex atoms, IEnumerable<(int Atom, int Block)> blocks)
        : this(table)
    {
        var numbers = NumbersOf(atoms, add: true);
        var own = new int[_numbers.Length];
        foreach (var (atom, block) in blocks)
        {
            Translate(atoms.CodesOf(atom), numbers, own);
            Add([.. own], block);
        }
    }

    private BlockAssignment(SafeTable table)
    {
        _table = table;
        _numbers = [.. table.Dimensions.Select(_ => new Dictionary<string, int>(StringComparer.Ordinal))];
        _texts = [.. table.Dimensions.Select(_ => new List<string>())];
    }

    private void Add(int[] own, int block)
    {
        if (own.Length != _numbers.Length || (uint)block >= (uint)_table.CountBlocks.Count || !_blocks.TryAdd(own, block))
        {
            throw new InvalidDataException("The assignment of atoms is not one of this table.");
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
        if (_blocks.TryGetValue([.. labels.Select((label, i) => NumberOf(i, label, add: false))], out var block))
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
        // A length before each text, so that no two lists have one key; NULL has the length -1.
        string[][] parts = [.. _texts.Select(texts => texts.Select(text => $"{text.Length}:{text}").ToArray())];
        var (keys, blocks, at) = (new string[_blocks.Count], new int[_blocks.Count], 0);
        var key = new string[parts.Length];
        foreach (var (own, block) in _blocks)
        {
            for (var i = 0; i < key.Length; i++)
            {
                key[i] = own[i] == OfNull ? "-1:" : parts[i][own[i]];
            }

            (keys[at], blocks[at++]) = (string.Concat(key), block);
        }

        Array.Sort(keys, blocks, StringComparer.Ordinal);
        for (var i = 0; i < keys.Length; i++)
        {
            writer.Text(keys[i]);
            writer.Count(blocks[i]);
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
        var blocks = KnownBlocksOf(atoms);
        for (var atom = 0; atom < atoms.Count; atom++)
        {
            blocks[atom] = blocks[atom] >= 0 ? blocks[atom] : BlockOf(LabelsOf(atoms, atom)) ?? -1;
        }

        return blocks;
    }

    /// <summary>Per atom of the index its block if it was there when the table was made, otherwise -1.</summary>
    internal int[] KnownBlocksOf(AtomIndex atoms)
    {
        var blocks = new int[atoms.Count];
        var (numbers, lookup) = (NumbersOf(atoms, add: false), _blocks.GetAlternateLookup<ReadOnlySpan<int>>());
        var own = new int[_numbers.Length];
        for (var atom = 0; atom < blocks.Length; atom++)
        {
            Translate(atoms.CodesOf(atom), numbers, own);
            blocks[atom] = lookup.TryGetValue(own, out var block) ? block : -1;
        }

        return blocks;
    }

    private static void Translate(ReadOnlySpan<int> codes, int[][] numbers, int[] own)
    {
        for (var i = 0; i < own.Length; i++)
        {
            own[i] = numbers[i][codes[i]];
        }
    }

    /// <summary>Per dimension of the index, and value, its number here.</summary>
    private int[][] NumbersOf(AtomIndex atoms, bool add) =>
        atoms.Dimensions == _numbers.Length ? [.. atoms.Labels.Select((labels, i) => Array.ConvertAll(labels, label => NumberOf(i, label, add)))]
        : throw new InvalidDataException("The assignment of atoms is not one of this table.");

    private int NumberOf(int dimension, string? label, bool add)
    {
        if (label is null)
        {
            return OfNull;
        }

        if (!_numbers[dimension].TryGetValue(label, out var number))
        {
            if (!add)
            {
                return Unknown;
            }

            _numbers[dimension].Add(label, number = _texts[dimension].Count);
            _texts[dimension].Add(label);
        }

        return number;
    }

    internal static string?[] LabelsOf(AtomIndex atoms, int atom)
    {
        var of = new string?[atoms.Dimensions];
        for (var i = 0; i < of.Length; i++)
        {
            of[i] = atoms.Labels[i][atoms.CodesOf(atom)[i]];
        }

        return of;
    }

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
