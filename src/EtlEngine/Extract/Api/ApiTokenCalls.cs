using EtlTools.Engine.Resilience;

namespace EtlTools.Engine.Extract.Api;

/// <summary>
/// Fetches tokens with their own retries and breaker, because the service is not responsible for its token endpoint. A permanent failure
/// ends the call that needed the token; that call is then neither retried nor counted.
/// </summary>
internal sealed class ApiTokenCalls(RetryPolicy policy, ApiCallOptions calls)
{
    public async Task<byte[]> RunAsync(Func<CancellationToken, Task<byte[]>> fetch, CancellationToken cancellationToken)
    {
        try
        {
            return await policy.ExecuteAsync(async token => await fetch(token).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        }
        catch (ApiCallException e) when (e.Verdict.Class != FailureClass.Refusal)
        {
            throw Given(ApiErrors.Ending(e, calls));
        }
        catch (BreakerOpenException e)
        {
            throw Given(ApiErrors.Ending(e, calls));
        }
    }

    private static ApiCallException Given(EtlException ending) => new(default, ending.Code, ending.Message, ending) { Detail = ending.Detail };
}
