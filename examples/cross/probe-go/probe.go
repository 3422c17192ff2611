// Probe measures the latency of a path, with UDP over IPv6. It speaks what probe/packet.h describes.
//
//	probe-go serve             answers everyone
//	probe-go ADDRESS [COUNT]   asks COUNT times, 10 by default; exits 1 when nothing came back
package main

import (
	"encoding/binary"
	"fmt"
	"math"
	"net"
	"os"
	"strconv"
	"time"
)

const (
	port       = 7007
	kindAsk    = 0x5052423f // "PRB?"
	kindAnswer = 0x50524221 // "PRB!"
	size       = 16
	timeout    = time.Second
	pause      = 100 * time.Millisecond
)

// Times are since then: time.Since goes by a clock that nobody sets.
var began = time.Now()

// serve sends every question back as an answer. It returns only when it cannot.
func serve() error {
	conn, err := net.ListenUDP("udp6", &net.UDPAddr{Port: port})
	if err != nil {
		return err
	}
	fmt.Printf("answers on UDP port %d\n", port)
	packet := make([]byte, size+1) // one more, so that a longer packet is seen as such
	for {
		n, peer, err := conn.ReadFromUDP(packet)
		if err != nil {
			return err
		}
		if n != size || binary.BigEndian.Uint32(packet) != kindAsk {
			continue
		}
		binary.BigEndian.PutUint32(packet, kindAnswer)
		if _, err := conn.WriteToUDP(packet[:size], peer); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
}

// ask returns the round trip of one packet. A refusal by the network (no route, no server) is a loss, too.
func ask(conn *net.UDPConn, number uint32) (roundTrip time.Duration, answered bool) {
	packet := make([]byte, size+1)
	start := time.Since(began)
	binary.BigEndian.PutUint32(packet, kindAsk)
	binary.BigEndian.PutUint32(packet[4:], number)
	binary.BigEndian.PutUint64(packet[8:], uint64(start))
	_, _ = conn.Write(packet[:size])

	_ = conn.SetReadDeadline(time.Now().Add(timeout))
	for time.Since(began) < start+timeout {
		n, err := conn.Read(packet)
		if err != nil || n != size || binary.BigEndian.Uint32(packet) != kindAnswer {
			continue
		}
		// An answer that comes too late must not pass for one to a later question.
		if binary.BigEndian.Uint32(packet[4:]) == number {
			return time.Since(began) - time.Duration(binary.BigEndian.Uint64(packet[8:])), true
		}
	}
	return 0, false
}

// measure asks one packet after the other, and sums up. It returns how many were answered.
func measure(conn *net.UDPConn, count int) (received int) {
	min, max, sum := math.Inf(1), 0.0, 0.0
	for number := 1; number <= count; number++ {
		roundTrip, answered := ask(conn, uint32(number))
		if !answered {
			fmt.Printf("%d: lost\n", number)
			continue
		}
		ms := float64(roundTrip) / float64(time.Millisecond)
		fmt.Printf("%d: %.3f ms\n", number, ms)
		min, max, sum = math.Min(min, ms), math.Max(max, ms), sum+ms
		received++
		if number < count {
			time.Sleep(pause)
		}
	}
	fmt.Printf("%d sent, %d received, %.0f%% lost", count, received, 100*float64(count-received)/float64(count))
	if received > 0 {
		fmt.Printf(", min/avg/max %.3f/%.3f/%.3f ms", min, sum/float64(received), max)
	}
	fmt.Println()
	return received
}

// peerAndCount reads the arguments of a client.
func peerAndCount(arguments []string) (peer net.IP, count int, ok bool) {
	count = 10
	if len(arguments) == 2 {
		count, _ = strconv.Atoi(arguments[1])
	}
	if len(arguments) < 1 || len(arguments) > 2 || count < 1 {
		return nil, 0, false
	}
	peer = net.ParseIP(arguments[0])
	return peer, count, peer != nil && peer.To4() == nil
}

func fail(message any) {
	fmt.Fprintln(os.Stderr, message)
	os.Exit(1)
}

func main() {
	arguments := os.Args[1:]
	if len(arguments) == 1 && arguments[0] == "serve" {
		fail(serve())
	}
	peer, count, ok := peerAndCount(arguments)
	if !ok {
		fail("usage: probe-go serve\n       probe-go IPV6-ADDRESS [COUNT]")
	}
	conn, err := net.DialUDP("udp6", nil, &net.UDPAddr{IP: peer, Port: port})
	if err != nil {
		fail(err)
	}
	if measure(conn, count) == 0 {
		os.Exit(1)
	}
}
