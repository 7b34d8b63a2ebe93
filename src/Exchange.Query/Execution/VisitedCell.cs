namespace Exchange.Query.Execution;

/// <summary>
/// The cell at which a visit stands, read where the engine has it; at the next call it is another one. Keys are of the types that
/// <see cref="RawCell.Key"/> says, and each is asked for as its own.
/// </summary>
public abstract class VisitedCell
{
    /// <summary>Whether a key is NULL.</summary>
    public abstract bool IsNull(int key);

    /// <summary>A key that is a long and not NULL.</summary>
    public abstract long WholeAt(int key);

    /// <summary>A key that is a double and not NULL.</summary>
    public abstract double DoubleAt(int key);

    /// <summary>A key that is a string and not NULL.</summary>
    public abstract string TextAt(int key);

    /// <summary>The state of an aggregate.</summary>
    public abstract PartialState StateAt(int aggregate);
}
