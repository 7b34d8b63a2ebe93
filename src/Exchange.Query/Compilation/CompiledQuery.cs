using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Merging;
using Exchange.Query.Products;

namespace Exchange.Query.Compilation;

/// <summary>A compiled question: what every owner is asked, and how their answers become one.</summary>
public abstract class CompiledQuery
{
    /// <summary>The product asked about.</summary>
    public abstract Product Product { get; }

    /// <summary>What every owner receives.</summary>
    public abstract Fragment Fragment { get; }

    /// <summary>Whether rows are told apart by <c>participant</c>.</summary>
    public abstract bool GroupsByParticipant { get; }

    /// <summary>The answer's columns: name as in the SELECT list, type.</summary>
    public abstract IReadOnlyList<(string Name, ColumnType Type)> Columns { get; }

    /// <summary>The plan as text, one operator a line.</summary>
    public abstract string Explain();

    /// <summary>
    /// Merges released cells exactly, in any order, and applies HAVING, ORDER BY and LIMIT. A key that not every participant
    /// released is merged from those that did.
    /// </summary>
    public abstract JointResult Merge(IReadOnlyList<ParticipantCells> parts);
}
