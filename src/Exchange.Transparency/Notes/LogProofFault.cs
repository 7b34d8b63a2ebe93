namespace Exchange.Transparency.Notes;

/// <summary>Why a proof proves nothing.</summary>
public enum LogProofFault
{
    /// <summary>It does prove it.</summary>
    None,

    /// <summary>The checkpoint is not one that the log's key signed.</summary>
    Checkpoint,

    /// <summary>The leaf does not stand at that position of the tree.</summary>
    NotIncluded,
}
