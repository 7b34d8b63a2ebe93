using System.Reflection;
using System.Security.Authentication;
using System.Text.RegularExpressions;
using Exchange.Protocol.Errors;
using Grpc.Core;

namespace Exchange.Protocol.Tests.Errors;

public sealed partial class ReasonsTests
{
    [Fact]
    public void Every_reason_has_a_name_of_its_own_in_upper_case()
    {
        var declared = typeof(Reasons).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => field.GetValue(null)).OfType<ErrorReason>().ToList();

        Assert.Equal(declared.Count, declared.DistinctBy(reason => reason.Name).Count());
        Assert.Equal(declared.Count, Reasons.All.Count);
        Assert.All(declared, reason => Assert.Matches(UpperCase(), reason.Name));
        Assert.All(declared, reason => Assert.NotEqual(StatusCode.OK, reason.Code));
    }

    [Fact]
    public void An_error_travels_with_reason_sentence_and_action()
    {
        var sent = Reasons.OwnerOnly.Because("Only the owner may.", "Ask the owner.");

        var received = RpcErrors.FromRpcException(RpcErrors.ToRpcException(sent), "node of mill");

        Assert.Equal((Reasons.OwnerOnly, "Only the owner may.", "Ask the owner."), (received.Reason, received.Message, received.Action));
    }

    [Fact]
    public void A_failed_handshake_is_no_answer_of_that_node()
    {
        var handshake = new HttpRequestException("No connection.", new AuthenticationException("The certificate was rejected."));

        var received = RpcErrors.FromRpcException(new RpcException(new Status(StatusCode.Internal, "No connection.", handshake)), "node of mill");

        Assert.Equal(Reasons.Unreachable, received.Reason);
    }

    [Fact]
    public void A_reason_of_a_newer_version_keeps_its_name()
    {
        var sent = new ErrorReason("NEWER_REASON", StatusCode.PermissionDenied, ErrorKind.Refused).Because("So.", "So.");

        var received = RpcErrors.FromRpcException(RpcErrors.ToRpcException(sent), "node of mill");

        Assert.Equal(("NEWER_REASON", ErrorKind.Refused), (received.Reason.Name, received.Reason.Kind));
    }

    [Theory]
    [InlineData(StatusCode.Unavailable, "UNREACHABLE")]
    [InlineData(StatusCode.DeadlineExceeded, "DEADLINE_EXCEEDED")]
    [InlineData(StatusCode.Cancelled, "CANCELLED")]
    [InlineData(StatusCode.Unimplemented, "NOT_SERVED_YET")]
    [InlineData(StatusCode.ResourceExhausted, "INVALID_REQUEST")]
    [InlineData(StatusCode.Unknown, "INTERNAL")]
    public void A_status_without_a_reason_gets_the_nearest_one_and_names_who_was_called(StatusCode code, string reason)
    {
        var received = RpcErrors.FromRpcException(new RpcException(new Status(code, "secret detail of a proxy")), "node of mill");

        Assert.Equal(reason, received.Reason.Name);
        Assert.Contains("node of mill", received.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", received.Message + received.Action, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"\A[A-Z][A-Z0-9]*(_[A-Z0-9]+)*\z")]
    private static partial Regex UpperCase();
}
