using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Security.Authentication;

namespace EtlTools.Tests.Tds;

/// <summary>One client's connection.</summary>
internal sealed class TdsSession(TdsServer server, Socket socket, int number)
{
    private const int PacketSize = 4096;

    private int _dropAfterBulkPackets;

    public Task Ended { get; private set; } = Task.CompletedTask;

    public void Start() => Ended = RunAsync();

    /// <summary>Ends the connection as a crash does: with a reset.</summary>
    public void Drop()
    {
        try
        {
            socket.LingerState = new LingerOption(true, 0);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It has ended by itself.
        }
        socket.Close();
    }

    private async Task RunAsync()
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            var network = new NetworkStream(socket, ownsSocket: true);
            await using ConfiguredAsyncDisposable closing = network.ConfigureAwait(false);
            if (await GreetAsync(network).ConfigureAwait(false) is { } stream && await LogInAsync(stream).ConfigureAwait(false))
                await ServeAsync(stream).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or SocketException or AuthenticationException)
        {
            // The client has gone, or wants no more.
        }
        finally
        {
            server.Leave(number);
        }
    }

    /// <summary>The pre-login exchange and, where the double has a certificate, the handshake.</summary>
    private async Task<Stream?> GreetAsync(NetworkStream network)
    {
        if (await TdsPacket.ReadAsync(network).ConfigureAwait(false) is not { } packet)
            return null;
        byte encryption = server.Certificate is null ? PreLogin.EncryptNotSupported : PreLogin.EncryptOn;
        await TdsPacket.WriteAsync(network, PacketType.Response, PreLogin.Answer(packet.Data, encryption), PacketSize).ConfigureAwait(false);
        if (server.Certificate is null)
            return network;
        var handshake = new HandshakeStream(network);
        var encrypted = new SslStream(handshake);
        await encrypted.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
        {
            ServerCertificate = server.Certificate,
            // The handshake of TLS 1.3 does not end with the server's last word, which TDS 7 has no packet for.
            EnabledSslProtocols = SslProtocols.Tls12,
        }).ConfigureAwait(false);
        handshake.IsDone = true;
        return encrypted;
    }

    private async Task<bool> LogInAsync(Stream stream)
    {
        if (await ReadMessageAsync(stream).ConfigureAwait(false) is not { } message)
            return false;
        var login = LoginRequest.Read(message.Data, stream is SslStream);
        if (server.Login(login) is { } refusal)
        {
            await SendAsync(stream, refusal).ConfigureAwait(false);
            return false;
        }
        const int database = 1, packetSize = 4;
        string size = PacketSize.ToString(System.Globalization.CultureInfo.InvariantCulture);
        TdsReply welcome = new TdsReply().Environment(database, login.Database, "master").Collation().LoginAck(server.Version).Environment(packetSize, size, size);
        if (login.Token is not null)
            welcome.FedAuthAck();
        await SendAsync(stream, welcome).ConfigureAwait(false);
        return true;
    }

    private async Task ServeAsync(Stream stream)
    {
        while (await ReadMessageAsync(stream).ConfigureAwait(false) is { } message)
        {
            TdsRequest request = RequestReader.Read(message.Type, message.Data, number);
            if (request is Attention)
            {
                server.Keep(request);
                await TdsPacket.WriteAsync(stream, PacketType.Response, TdsReply.AttentionAck(), PacketSize).ConfigureAwait(false);
                continue;
            }
            TdsReply reply = server.Request(request);
            _dropAfterBulkPackets = reply.DropAfterBulkPackets;
            if (!await SendAsync(stream, reply).ConfigureAwait(false))
                return;
        }
    }

    /// <summary>A whole message; null where the connection is at its end.</summary>
    private async Task<TdsPacket?> ReadMessageAsync(Stream stream)
    {
        var data = new MemoryStream();
        int packets = 0;
        while (await TdsPacket.ReadAsync(stream).ConfigureAwait(false) is { } packet)
        {
            packets++;
            data.Write(packet.Data);
            if (packet.Type == PacketType.BulkLoad && packets == _dropAfterBulkPackets)
            {
                Drop();
                return null;
            }
            if (packet.IsLast && packet.IsIgnored)
            {
                data.SetLength(0);
                packets = 0;
            }
            else if (packet.IsLast)
            {
                return packet with { Data = data.ToArray() };
            }
        }
        return null;
    }

    /// <summary>Sends an answer.</summary>
    /// <returns>False when the connection is to end.</returns>
    private async Task<bool> SendAsync(Stream stream, TdsReply reply)
    {
        byte[] open = reply.ToOpenArray();
        switch (reply.Ending)
        {
            case Ending.Done:
                await TdsPacket.WriteAsync(stream, PacketType.Response, reply.ToArray(), PacketSize).ConfigureAwait(false);
                return true;
            case Ending.Drop when open.Length > 0:
                await TdsPacket.WriteAsync(stream, PacketType.Response, reply.ToArray(), PacketSize).ConfigureAwait(false);
                return false;
            case Ending.Drop:
                Drop();
                return false;
            case Ending.Cut:
                await TdsPacket.WriteAsync(stream, PacketType.Response, open, PacketSize).ConfigureAwait(false);
                return false;
            default:
                if (open.Length > 0)
                    await TdsPacket.WriteAsync(stream, PacketType.Response, open, PacketSize).ConfigureAwait(false);
                // The next message, an attention or the end of the connection, ends it.
                return true;
        }
    }
}
