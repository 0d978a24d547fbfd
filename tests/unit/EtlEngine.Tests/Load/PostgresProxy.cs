using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Npgsql;

namespace EtlTools.Engine.Tests.Load;

/// <summary>Stands between the loader and PostgreSQL: notes the statements, can lose the answer to a commit, and can become a black
/// hole, as a network that drops all packets is.</summary>
internal sealed class PostgresProxy : IDisposable
{
    /// <summary>The codes of the first messages that another first message follows: the questions for encryption.</summary>
    private static readonly int[] Questions = [80_877_103, 80_877_104];

    private readonly TcpListener _listener;
    private readonly int _serverPort;
    private readonly ConcurrentQueue<string> _statements = new();
    private readonly TaskCompletionSource _frozen = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _end = new();
    private int _commitsToLose;
    private volatile string? _freezesAt;

    /// <param name="connectionString">The server.</param>
    /// <param name="port">Where the proxy listens; 0 for a free port.</param>
    public PostgresProxy(string connectionString, int port = 0)
    {
        _listener = new TcpListener(IPAddress.Loopback, port);
        var builder = new NpgsqlConnectionStringBuilder(connectionString);
        _serverPort = builder.Port;
        _listener.Start();
        builder.Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        ConnectionString = builder.ConnectionString;
        _ = AcceptAsync();
    }

    public string ConnectionString { get; }

    /// <summary>The texts of the statements so far.</summary>
    public string[] Statements => [.. _statements];

    /// <summary>The next commit is done, and its answer does not come.</summary>
    public void LoseNextCommit() => Interlocked.Increment(ref _commitsToLose);

    /// <summary>Completes when nothing is passed on any more, in either direction, and no new connection is answered.</summary>
    public Task Frozen => _frozen.Task;

    /// <summary>Becomes a black hole at the next statement that begins like this; with COPY at its data.</summary>
    public void FreezeAt(string statement) => _freezesAt = statement;

    public void Freeze() => _frozen.TrySetResult();

    public void Dispose()
    {
        _end.Cancel();
        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = ServeAsync(await _listener.AcceptTcpClientAsync());
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // The proxy is at its end.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        using (var server = new TcpClient())
        {
            await PassAsync();
            await server.ConnectAsync(IPAddress.Loopback, _serverPort);
            var link = new Link(client.GetStream(), server.GetStream());
            try
            {
                await Task.WhenAny(ForwardAsync(link), AnswerAsync(link));
            }
            catch (Exception e) when (e is IOException or OperationCanceledException)
            {
                // One side is gone, and with it the other; or the test is over.
            }
        }
    }

    private async Task ForwardAsync(Link link)
    {
        int code;
        do
        {
            byte[] first = await ReadAsync(link.Client, new byte[4]);
            byte[] rest = await ReadAsync(link.Client, new byte[BinaryPrimitives.ReadInt32BigEndian(first) - 4]);
            code = BinaryPrimitives.ReadInt32BigEndian(rest);
            await link.Server.WriteAsync((byte[])[.. first, .. rest]);
        }
        while (Questions.Contains(code));
        while (true)
        {
            byte[] head = await ReadAsync(link.Client, new byte[5]);
            byte[] body = await ReadAsync(link.Client, new byte[BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(1)) - 4]);
            if (head[0] == 'P')
                Note(link, Encoding.UTF8.GetString(body).Split('\0')[1]);
            if (head[0] == 'd')
                FreezeIf("COPY");
            await PassAsync();
            await link.Server.WriteAsync((byte[])[.. head, .. body]);
        }
    }

    private void FreezeIf(string statement)
    {
        if (_freezesAt is { } at && statement.StartsWith(at, StringComparison.Ordinal))
            Freeze();
    }

    /// <summary>Goes on at once, or, in a black hole, never.</summary>
    private Task PassAsync() => _frozen.Task.IsCompleted ? Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, _end.Token) : Task.CompletedTask;

    private void Note(Link link, string statement)
    {
        FreezeIf(statement);
        _statements.Enqueue(statement);
        if (statement == "COMMIT" && Interlocked.Decrement(ref _commitsToLose) >= 0)
            link.LosesAnswer = true;
        else if (statement == "COMMIT")
            Interlocked.Increment(ref _commitsToLose);
    }

    private async Task AnswerAsync(Link link)
    {
        var buffer = new byte[64 * 1024];
        while (true)
        {
            int count = await link.Server.ReadAsync(buffer);
            // The server answers a commit when it is done.
            if (count == 0 || link.LosesAnswer)
                return;
            await PassAsync();
            await link.Client.WriteAsync(buffer.AsMemory(0, count));
        }
    }

    private static async Task<byte[]> ReadAsync(NetworkStream stream, byte[] room)
    {
        await stream.ReadExactlyAsync(room);
        return room;
    }

    private sealed record Link(NetworkStream Client, NetworkStream Server)
    {
        private volatile bool _losesAnswer;

        public bool LosesAnswer
        {
            get => _losesAnswer;
            set => _losesAnswer = value;
        }
    }
}
