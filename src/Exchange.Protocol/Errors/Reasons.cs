using System.Reflection;
using Grpc.Core;

namespace Exchange.Protocol.Errors;

/// <summary>
/// The error catalogue. Each area adds its reasons in a file of its own, <c>Reasons.&lt;Area&gt;.cs</c>;
/// a reason is never renamed and never given another meaning.
/// </summary>
public static partial class Reasons
{
    /// <summary>A mistake of this program.</summary>
    public static readonly ErrorReason Internal = new("INTERNAL", StatusCode.Internal, ErrorKind.Failed);

    /// <summary>A request field is absent or not of its form.</summary>
    public static readonly ErrorReason InvalidRequest = new("INVALID_REQUEST", StatusCode.InvalidArgument, ErrorKind.BadInput);

    /// <summary>A named thing does not exist, or the caller may not know of it.</summary>
    public static readonly ErrorReason NotFound = new("NOT_FOUND", StatusCode.NotFound, ErrorKind.Refused);

    /// <summary>Part of the design, and not served by this version.</summary>
    public static readonly ErrorReason NotServedYet = new("NOT_SERVED_YET", StatusCode.Unimplemented, ErrorKind.Refused);

    /// <summary>A node or server could not be reached.</summary>
    public static readonly ErrorReason Unreachable = new("UNREACHABLE", StatusCode.Unavailable, ErrorKind.Unreachable);

    /// <summary>The deadline passed.</summary>
    public static readonly ErrorReason DeadlineExceeded = new("DEADLINE_EXCEEDED", StatusCode.DeadlineExceeded, ErrorKind.Unreachable);

    /// <summary>The caller went away or pressed Ctrl-C.</summary>
    public static readonly ErrorReason Cancelled = new("CANCELLED", StatusCode.Cancelled, ErrorKind.Failed);

    /// <summary>The disk is full or the file system refused.</summary>
    public static readonly ErrorReason StorageFailed = new("STORAGE_FAILED", StatusCode.ResourceExhausted, ErrorKind.Failed);

    private static readonly Lazy<Dictionary<string, ErrorReason>> ByName = new(() =>
        typeof(Reasons).GetFields(BindingFlags.Public | BindingFlags.Static)
            .Select(field => field.GetValue(null)).OfType<ErrorReason>().ToDictionary(reason => reason.Name));

    /// <summary>Every reason of the catalogue.</summary>
    public static IReadOnlyCollection<ErrorReason> All => ByName.Value.Values;

    /// <summary>The reason of that name, or a stand-in of the same name when this version does not know it.</summary>
    public static ErrorReason Named(string name, StatusCode code) =>
        ByName.Value.TryGetValue(name, out var reason) ? reason : new ErrorReason(name, code, KindOf(code));

    private static ErrorKind KindOf(StatusCode code) => code switch
    {
        StatusCode.InvalidArgument or StatusCode.OutOfRange => ErrorKind.BadInput,
        StatusCode.Unavailable or StatusCode.DeadlineExceeded => ErrorKind.Unreachable,
        StatusCode.PermissionDenied or StatusCode.Unauthenticated or StatusCode.FailedPrecondition or StatusCode.NotFound
            or StatusCode.AlreadyExists or StatusCode.Unimplemented or StatusCode.ResourceExhausted => ErrorKind.Refused,
        _ => ErrorKind.Failed,
    };
}
