using System.Diagnostics.CodeAnalysis;

namespace EtlTools.Engine.Extract.Api;

/// <summary>A value that one caller creates while the others wait, and that is kept while it is valid.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore whose wait handle nobody asks for holds nothing.")]
internal sealed class OneAtATime<T> where T : class
{
    private readonly SemaphoreSlim _making = new(1);
    private volatile T? _value;

    public async ValueTask<T> GetAsync(Func<T, bool> isGood, Func<CancellationToken, Task<T>> make, CancellationToken cancellationToken)
    {
        if (_value is { } known && isGood(known))
            return known;
        await _making.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_value is { } meanwhile && isGood(meanwhile))
                return meanwhile;
            return _value = await make(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _making.Release();
        }
    }

    /// <summary>The stored value; null for none.</summary>
    public T? Known => _value;

    /// <summary>Forgets a value, unless another one has replaced it.</summary>
    public void Drop(T value)
    {
        if (ReferenceEquals(_value, value))
            _value = null;
    }
}
